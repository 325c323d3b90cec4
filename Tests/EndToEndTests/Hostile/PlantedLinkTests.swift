import Foundation
import GlareTestSupport
import Testing

/// Somebody who may write in a cache must not write elsewhere by it.
@Suite("symlinks planted in a cache", .enabled(if: Machine.has("python3")))
struct PlantedLinkTests {
    enum Kind: CaseIterable { case file, directory, nothing }

    /// Names of the cache's own.
    static let names = [
        ".glare", ".glare/lock", ".glare/state.json", ".glare/partial", ".glare/partial/disk.data",
        ".glare/partial/disk.origin", ".glare/partial/disk.delta", ".glare/tmp", ".glare/tmp/1.abc", ".glare/manifests",
        "archive", "catalogue", "images.json", "images.json.minisig",
    ]

    @Test("are taken away, and never written through", arguments: names, Kind.allCases)
    func ofItsOwnFiles(_ name: String, _ kind: Kind) throws {
        let fixture = try HostileFixture(.frames)
        let precious = try Precious(fixture.host.scratch)
        try plant(name, to: precious.path(kind), in: fixture.host)
        let server = try fixture.server { $0.right }
        let result = try fixture.host.sync(server.address)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(FileManager.default.contents(atPath: fixture.host.path("disk")) == fixture.content.image)
        #expect(try PublisherFixture.Facts(fixture.host.path("disk")).mode == 0o444)
        #expect(try !isLink(fixture.host.path(name)))
        try precious.expectUntouched()
    }

    @Test("of a version, a record and a manifest", arguments: ["archive", "catalogue", ".glare/manifests"])
    func ofWhatItHolds(_ directory: String) throws {
        let fixture = try HostileFixture(.frames)
        let precious = try Precious(fixture.host.scratch)
        for name in try fixture.host.names(in: directory) {
            try plant("\(directory)/\(name)", to: precious.path(.file), in: fixture.host)
        }
        let server = try fixture.server { $0.right }
        let result = try fixture.host.sync(server.address)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(FileManager.default.contents(atPath: fixture.host.path("disk")) == fixture.content.image)
        try precious.expectUntouched()
    }

    /// What stands for the new version already, or for what a stopped download left.
    @Test("of what is about to come", arguments: [HostilePart.frames, .delta, .name])
    func ofWhatComes(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let precious = try Precious(fixture.host.scratch)
        let version = try #require(
            try FileManager.default.contentsOfDirectory(atPath: fixture.content.directory + "/archive").first {
                FileManager.default.contents(atPath: "\(fixture.content.directory)/archive/\($0)")
                    == fixture.content.image
            })
        for name in ["archive/\(version)", ".glare/partial/disk.data", ".glare/partial/disk.delta"] {
            try plant(name, to: precious.path(.file), in: fixture.host)
        }
        try fixture.sync(fixture.server { $0.right }, status: 0)
        try precious.expectUntouched()
    }

    /// A second name of a file is no symlink, and leads elsewhere all the same.
    @Test("a second name of another file is not written to either", arguments: [HostilePart.frames, .delta, .name])
    func hardLink(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let precious = try Precious(fixture.host.scratch)
        for name in ["disk.data", "disk.delta"] {
            try mustRun("ln", [precious.path(.file), fixture.host.path(".glare/partial/\(name)")])
        }
        try fixture.sync(fixture.server { $0.right }, status: 0)
        try precious.expectUntouched()
    }

    @Test("under an image's name: left alone, and replaced where that is asked for", arguments: Kind.allCases)
    func ofAnImage(_ kind: Kind) throws {
        let fixture = try HostileFixture(.frames)
        let precious = try Precious(fixture.host.scratch)
        try plant("disk", to: precious.path(kind), in: fixture.host)
        let server = try fixture.server { $0.right }
        let left = try fixture.host.sync(server.address)
        #expect(left.status == 0 && left.stderr.contains("disk: left alone"), "\(left.stderr)")
        try precious.expectUntouched()

        let adopted = try fixture.host.sync(server.address, "--adopt")
        #expect(adopted.status == 0, "\(adopted.stderr)")
        #expect(try !isLink(fixture.host.path("disk")))
        #expect(FileManager.default.contents(atPath: fixture.host.path("disk")) == fixture.content.image)
        try precious.expectUntouched()
    }

    // MARK: Links, and where they lead

    private func plant(_ name: String, to destination: String, in host: SyncFixture) throws {
        try mustRun("rm", ["-rf", host.path(name)])
        try mustRun("ln", ["-s", destination, host.path(name)])
    }

    private func isLink(_ path: String) throws -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }

    /// What somebody has outside the cache.
    private struct Precious {
        private let directory: String

        init(_ scratch: Scratch) throws {
            directory = try scratch.directory("elsewhere")
            _ = try scratch.directory("elsewhere/inner")
            try scratch.file("elsewhere/file", "precious\n")
        }

        func path(_ kind: Kind) -> String {
            switch kind {
            case .file: directory + "/file"
            case .directory: directory + "/inner"
            case .nothing: directory + "/new"
            }
        }

        func expectUntouched(sourceLocation: SourceLocation = #_sourceLocation) throws {
            let found = try mustRun("find", [directory, "-mindepth", "1", "-printf", "%P %y %s\n"])
            #expect(
                found.split(separator: "\n").sorted() == ["file f 9", "inner d \(try size("inner"))"],
                sourceLocation: sourceLocation)
            #expect(
                try String(contentsOfFile: path(.file), encoding: .utf8) == "precious\n", sourceLocation: sourceLocation
            )
        }

        private func size(_ name: String) throws -> Int { try PublisherFixture.Facts("\(directory)/\(name)").size }
    }
}
