import Foundation
import GlareTestSupport
import Testing

/// What a newer Glare wrote is not damaged: it is refused, and left as it is.
@Suite("Formats of a newer Glare") struct NewerFormatTests {
    /// Byte 8 of the binary formats, and the field `format` of the others.
    private static func makeNewer(_ path: String, with more: String = "-1.5") throws {
        let mode = try PublisherFixture.Facts(path).mode
        chmod(path, 0o644)
        defer { chmod(path, mode) }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        if bytes.first == UInt8(ascii: "G") {
            bytes[8] = 2
        } else {
            let text = String(decoding: bytes, as: UTF8.self)
            let newer = text.replacingOccurrences(
                of: "\"format\" ?: ?1\\b", with: "\"format\" : 2, \"later\" : \(more)", options: .regularExpression)
            try #require(newer != text)
            bytes = Data(newer.utf8)
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: bytes)
        try file.close()
    }

    /// Names, kinds, times and contents of everything below a directory.
    private static func everything(_ directory: String) throws -> String {
        let script =
            "find . -printf '%p %y %m %i %T@ %s %l\\n' | sort; find . -type f -print0 | sort -z | xargs -0r sha256sum"
        return try mustRun("sh", ["-c", script], directory: directory)
    }

    enum RepositoryFile: CaseIterable, Sendable { case state, catalogue, record, manifest, delta }

    @Test(arguments: RepositoryFile.allCases)
    func ofARepository(_ file: RepositoryFile) throws {
        let transfer = try TransferFixture()
        try transfer.publish(TextDisk(1...3))
        let version = try transfer.publish(TextDisk(1...3).changed(2, seed: 5))
        let publisher = transfer.publisher
        let path =
            switch file {
            case .state: ".glare/state.json"
            case .catalogue: "images.json"
            case .record: "catalogue/\(try publisher.catalogue().images[0].record.sha256).json"
            case .manifest: try transfer.file("manifest", of: version)
            case .delta: try transfer.file("delta", of: version)
            }
        try Self.makeNewer(publisher.path(path))
        let named = try rename(path, file, publisher)
        let key = transfer.scratch.path("key")
        try #require(publisher.glare(["keygen", key]).status == 0)
        let image = try publisher.image("another", seed: 7)
        let before = try Self.everything(transfer.repository)
        for command in [
            ["add-image", "-i", image, "-m", "m"], ["rebuild-index"], ["rebuild-index", "--full"],
            ["sign", "--sign-key", key + ".key"], ["verify", "--repair"], ["verify"],
        ] {
            let result = try publisher.glare(command + ["-d", transfer.repository])
            #expect(result.status == 65, "\(command): \(result.stderr)")
            #expect(
                result.stderr.contains("\(publisher.path(named))") && result.stderr.contains("a newer Glare is needed"),
                "\(command): \(result.stderr)")
            #expect(try Self.everything(transfer.repository) == before, "\(command)")
        }
    }

    /// Gives a file the name that its digest demands, and has the catalogue name it so.
    private func rename(_ path: String, _ file: RepositoryFile, _ publisher: PublisherFixture) throws -> String {
        guard [.record, .manifest, .delta].contains(file) else { return path }
        let digest = try sha256(publisher.path(path))
        let old = try #require(path.firstMatch(of: /[.\/]([0-9a-f]{64}|[0-9a-f]{16})\./)).1
        let new = path.replacingOccurrences(of: String(old), with: String(digest.prefix(old.count)))
        try FileManager.default.moveItem(atPath: publisher.path(path), toPath: publisher.path(new))
        if file == .record {
            let size = try publisher.facts(new).size
            let row = try #require(try publisher.catalogue().images.first)
            let text = try publisher.text("images.json").replacingOccurrences(of: row.record.sha256, with: digest)
                .replacingOccurrences(of: "\"size\" : \(row.record.size)\n", with: "\"size\" : \(size)\n")
            try text.write(toFile: publisher.path("images.json"), atomically: false, encoding: .utf8)
            let copy = "catalogue/\(try sha256(publisher.path("images.json"))).json"
            try text.write(toFile: publisher.path(copy), atomically: false, encoding: .utf8)
        }
        return new
    }

    enum CacheFile: CaseIterable, Sendable { case state, catalogue, record, manifest, trust }

    @Test(arguments: CacheFile.allCases)
    func ofACache(_ file: CacheFile) throws {
        let transfer = try TransferFixture()
        let version = try transfer.publish(TextDisk(1...3))
        try transfer.sync(transfer.host.fileServer)
        let host = transfer.host
        var path =
            switch file {
            case .state: ".glare/state.json"
            case .catalogue: "images.json"
            case .record: "catalogue/\(try host.names(in: "catalogue")[0])"
            case .manifest: ".glare/manifests/\(version.sha256)"
            case .trust: ".glare/trust.json"
            }
        if file == .trust {
            try "{\n  \"format\" : 1,\n  \"serial\" : 1\n}\n".write(
                toFile: host.path(path), atomically: false, encoding: .utf8)
        }
        try Self.makeNewer(host.path(path))
        if file == .record {
            // As its name and the catalogue demand.
            let (old, digest) = (String(path.dropFirst(10).dropLast(5)), try sha256(host.path(path)))
            path = "catalogue/\(digest).json"
            try FileManager.default.moveItem(atPath: host.path("catalogue/\(old).json"), toPath: host.path(path))
            let text = try String(contentsOfFile: host.path("images.json"), encoding: .utf8)
            try text.replacingOccurrences(of: old, with: digest).write(
                toFile: host.path("images.json"), atomically: false, encoding: .utf8)
        }
        try transfer.publish(TextDisk(1...3).changed(2, seed: 5))
        let before = try Self.everything(host.target)
        for command in [
            ["sync"], ["sync", "--delete", "--adopt"], ["sync", "--reset-trust"], ["verify", "--repair"],
        ] {
            let result = try transfer.publisher.glare(command + ["-t", host.target, "-s", host.fileServer])
            #expect(result.status == 65, "\(command): \(result.stderr)")
            #expect(
                result.stderr.contains(host.path(path)) && result.stderr.contains("a newer Glare is needed"),
                "\(command): \(result.stderr)")
            #expect(try Self.everything(host.target) == before, "\(command)")
        }
    }

    /// What is wrong with a server's documents is no reason to leave a cache as it is.
    @Test func aServersNewerCatalogueChangesNothingHere() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        try host.publish(seed: 2)
        try Self.makeNewer(host.repository + "/images.json", with: "1")
        let result = try host.sync(host.fileServer)
        #expect(result.status == 65 && result.stderr.contains("a newer Glare is needed"))
        #expect(try host.digest() == version.sha256)
    }
}
