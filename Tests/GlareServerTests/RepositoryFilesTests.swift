import Foundation
import GlareSystem
import GlareTestSupport
import Synchronization
import Testing

@testable import GlareServer

@Suite("Finding files")
struct RepositoryFilesTests {
    let repository: ScratchRepository
    let files: RepositoryFiles

    init() throws {
        repository = try ScratchRepository()
        files = RepositoryFiles(root: try Directory.open(repository.path))
    }

    private func content(_ components: String...) throws -> String? {
        guard let served = try files.open(components) else { return nil }
        return String(decoding: try served.file.readAll(limit: 1 << 20), as: UTF8.self)
    }

    @Test("regular files, at the top and below")
    func regular() throws {
        #expect(try content("images.txt") == "debian-12\n")
        #expect(try content("archive", repository.versionFile) == "version one")
        #expect(try content("missing") == nil)
        #expect(try content("missing", "x") == nil)
        #expect(try content("images.txt", "x") == nil)
        #expect(try content(String(repeating: "n", count: 300)) == nil)
        #expect(try content(String(repeating: "n", count: 300), "x") == nil)
    }

    @Test("an image's name leads to its version, whatever directories its link names")
    func imageNames() throws {
        let version = repository.versionFile
        for target in ["archive/\(version)", "/somewhere/else/archive/\(version)", "/\(version)", version] {
            try repository.link("image", to: target)
            #expect(try content("image") == "version one", "\(target)")
        }
    }

    @Test("no link leads anywhere else")
    func otherLinks() throws {
        try repository.write("outside", to: "../outside-\(repository.id)")
        defer { try? FileManager.default.removeItem(atPath: repository.path + "/../outside-\(repository.id)") }
        try repository.link("target", to: "images.txt")
        try repository.link("secret", to: ".glare/state.json")
        try repository.link("passwd", to: "/etc/passwd")
        try repository.link("outside", to: "../outside-\(repository.id)")
        try repository.link("gone", to: "archive/gone-\(repository.id)")
        try repository.link("loop", to: "loop")
        try repository.link("archive/\(repository.versionFile)x", to: repository.versionFile)
        try repository.link("linked", to: "archive")
        try repository.link("archive/linked-\(repository.id)", to: "/etc/passwd")
        try repository.link("twice", to: "archive/linked-\(repository.id)")
        for name in ["target", "secret", "passwd", "outside", "gone", "loop", "linked", "twice"] {
            #expect(try content(name) == nil, "\(name)")
        }
        #expect(try content("archive", "\(repository.versionFile)x") == nil)
        #expect(try content("archive", "linked-\(repository.id)") == nil)
        #expect(try content("linked", repository.versionFile) == nil)
    }

    @Test("only regular files are served")
    func kinds() throws {
        #expect(mkfifo(repository.path + "/fifo", 0o666) == 0)
        try repository.link("null", to: "/dev/null")
        #expect(try content("fifo") == nil)
        #expect(try content("archive") == nil)
        #expect(try content("null") == nil)
    }

    @Test("a version has one tag under all of its names, and says its id")
    func versionTags() throws {
        let byName = try #require(try files.open(["debian-12"]))
        let byVersion = try #require(try files.open(["archive", repository.versionFile]))
        #expect(byName.tag == byVersion.tag)
        #expect(byName.tag.text.hasPrefix("\"\(repository.id)-b-"))
        #expect(byName.modified == byVersion.modified)
        #expect(byName.contentType == "application/octet-stream")
    }

    @Test("another file under the same name has another tag, even with the same size and time")
    func replacedTags() throws {
        try repository.write("a", to: "same.txt")
        let before = try #require(try files.open(["same.txt"]))
        let status = try before.file.status()
        try repository.write("b", to: "new.txt")
        let replacement = try Directory.open(repository.path).fileForUpdate("new.txt", mode: 0o644)
        try replacement.setModified(status.modified)
        try FileManager.default.removeItem(atPath: repository.path + "/same.txt")
        try FileManager.default.moveItem(atPath: repository.path + "/new.txt", toPath: repository.path + "/same.txt")
        let after = try #require(try files.open(["same.txt"]))
        #expect(try after.file.status().modified == status.modified)
        #expect(after.tag != before.tag)
    }

    @Test("a name that is moved to the next version while it is read is always there")
    func movingName() throws {
        let publishing = Mutex(Result<Void, any Error>?.none)
        // A thread and no task: one could wait behind hundreds of tests, with the reader spinning meanwhile.
        Thread.detachNewThread { [repository] in
            let outcome = Result {
                for round in 0..<500 { try repository.moveName("debian-12", round) }
            }
            publishing.withLock { $0 = outcome }
        }
        var (looks, misses) = (0, 0)
        while publishing.withLock({ $0 == nil }) {
            if try files.open(["debian-12"]) == nil { misses += 1 }
            looks += 1
        }
        try publishing.withLock { try $0?.get() }
        #expect(misses == 0 && looks > 0, "\(misses) of \(looks)")
    }

    @Test(
        "labels",
        arguments: [
            (["index.html"], "text/html; charset=utf-8", false),
            (["images.json"], "application/json", false),
            (["images.json.minisig"], "text/plain; charset=utf-8", false),
            (["images.txt"], "text/plain; charset=utf-8", false),
            (["SHA256SUMS"], "text/plain; charset=utf-8", false),
            (["archive", "SHA256SUMS"], "text/plain; charset=utf-8", false),
            (["debian-12.md"], "text/markdown; charset=utf-8", false),
            (["archive", "page.html-0123456789abcdef0123456789abcdef"], "application/octet-stream", true),
            (["catalogue", "00.json"], "application/json", true),
            (["transfer", "x.zst"], "application/zstd", true),
            (["transfer", "x.manifest"], "application/octet-stream", true),
            (["transfer", "x.delta"], "application/octet-stream", true),
        ])
    func labels(components: [String], type: String, isImmutable: Bool) throws {
        let directory = components.dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(
            atPath: repository.path + "/" + directory, withIntermediateDirectories: true)
        try repository.write("x", to: components.joined(separator: "/"))
        let served = try #require(try files.open(components))
        #expect(served.contentType == type)
        #expect(served.cacheControl == (isImmutable ? "public, max-age=31536000, immutable" : "no-cache"))
    }
}

extension ScratchRepository {
    /// Gives a name its next version, as a publisher does, and removes the one before.
    fileprivate func moveName(_ name: String, _ round: Int) throws {
        let version = name + "-" + String(format: "%032x", round)
        try write("round", to: "archive/\(version)")
        try link("new-link", to: "archive/\(version)")
        let previous = try FileManager.default.destinationOfSymbolicLink(atPath: path + "/" + name)
        try #require(rename(path + "/new-link", path + "/" + name) == 0)
        try FileManager.default.removeItem(atPath: path + "/" + previous)
    }
}
