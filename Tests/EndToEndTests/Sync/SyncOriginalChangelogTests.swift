import Foundation
import GlareTestSupport
import Testing

/// What the original's changelog proves of a file, and what is done where it proves nothing.
struct SyncOriginalChangelogTests {
    @Test func anotherMD5IsNotInstalled() throws {
        let (host, original) = try hostOfTheOriginal()
        let first = try host.publisher.image("disk", seed: 1)
        try original.add(first, as: "disk")
        let expected = try sha256(first)
        let server = try ScriptedServer(serving: original.directory)
        try host.mustSync(server.address)
        try original.add(host.publisher.image("disk", seed: 2), as: "disk")
        try host.overwrite(original.directory + "/disk", at: 4096, with: "torn")
        let result = try host.sync(server.address)

        #expect(result.status == 65)
        #expect(result.stderr.contains("the content is not the published one"))
        #expect(try host.archived().count == 1)
        #expect(try host.digest() == expected)
    }

    @Test func oneByteOfDifferenceIsNotInstalled() throws {
        let (host, original) = try hostOfTheOriginal()
        try original.add(host.publisher.image("disk", seed: 1), as: "disk")
        try host.overwrite(original.directory + "/disk", at: 4096, with: "\u{1}")
        let server = try ScriptedServer(serving: original.directory)
        #expect(try host.sync(server.address).status == 65)
        #expect(!host.exists("disk"))
        #expect(try host.archived() == [])
    }

    @Test func withoutAChangelogTheLengthIsEnough() throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("disk", seed: 1)
        try original.add(image, as: "disk")
        try original.removeChangelog(of: "disk")
        let server = try ScriptedServer(serving: original.directory)
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(image))
        #expect(try host.archived() == ["disk-\(sha256(image).prefix(32))"])
    }

    @Test func withoutAChangelogAnUnchangedImageIsNotFetchedAgain() throws {
        let (host, original) = try hostOfTheOriginal()
        try original.add(host.publisher.image("disk", seed: 1), as: "disk")
        try original.removeChangelog(of: "disk")
        let server = try ScriptedServer(serving: original.directory)
        try host.mustSync(server.address)
        let inode = try host.facts("disk").inode
        try host.mustSync(server.address)
        #expect(server.requests(for: "/disk").filter { $0.method == "GET" }.count == 1)
        #expect(try host.facts("disk").inode == inode)
    }

    @Test func withoutAChangelogAnUpdateComes() throws {
        let (host, original) = try hostOfTheOriginal()
        let server = try ScriptedServer(serving: original.directory)
        for seed: UInt64 in [1, 2, 1] {
            let image = try host.publisher.image("disk", seed: seed)
            try original.add(image, as: "disk")
            try original.removeChangelog(of: "disk")
            try host.mustSync(server.address)
            #expect(try host.digest() == sha256(image))
        }
    }

    /// Published between the two looks at the changelog: the bytes are those of before or after, and the
    /// next attempt settles which.
    @Test func aPublishDuringTheDownloadIsFollowed() throws {
        let (host, original) = try hostOfTheOriginal()
        try original.add(host.publisher.image("disk", seed: 1), as: "disk")
        let second = try host.publisher.image("second", seed: 2)
        let server = try ScriptedServer(serving: original.directory) { request in
            guard request.method == "GET", request.path == "/disk", request.earlier == 0 else { return nil }
            let old = ScriptedReply.file(in: original.directory, for: request)
            try? original.add(second, as: "disk")
            return old
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(second))
        #expect(try host.archived() == ["disk-\(md5(second))"])
    }

    /// The original moves the name first and writes the changelog after the whole copy.
    @Test func aNameThatIsAheadOfItsChangelogWaits() throws {
        let (host, original) = try hostOfTheOriginal()
        let (first, second) = try (host.publisher.image("first", seed: 1), host.publisher.image("second", seed: 2))
        try original.add(first, as: "disk")
        let behind = try String(contentsOfFile: original.directory + "/disk.md", encoding: .utf8)
        let server = try ScriptedServer(serving: original.directory)
        try host.mustSync(server.address)
        try original.add(second, as: "disk")
        let ahead = try String(contentsOfFile: original.directory + "/disk.md", encoding: .utf8)
        try behind.write(toFile: original.directory + "/disk.md", atomically: false, encoding: .utf8)
        _ = try host.sync(server.address)
        #expect(try host.digest() == sha256(first))

        try ahead.write(toFile: original.directory + "/disk.md", atomically: false, encoding: .utf8)
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(second))
    }

    @Test func aChangelogThatNeverSettlesInstallsNothing() throws {
        let (host, original) = try hostOfTheOriginal()
        try original.add(host.publisher.image("disk", seed: 1), as: "disk")
        let server = try ScriptedServer(serving: original.directory) { request in
            guard request.path == "/disk.md" else { return nil }
            let id = String(repeating: "0", count: 30) + String(10 + request.earlier % 90)
            return .text("# [\(id)] - now\n## again\n\n")
        }
        let result = try host.sync(server.address)
        #expect([65, 75].contains(result.status))
        #expect(!result.stderr.isEmpty)
        #expect(!host.exists("disk"))
        #expect(server.requests(for: "/disk").count < 10)
    }

    @Test func aChangelogOfSomethingElseIsNone() throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("disk", seed: 1)
        try original.add(image, as: "disk")
        try "# Our Debian image\n\nAsk Ann about it.\n"
            .write(toFile: original.directory + "/disk.md", atomically: false, encoding: .utf8)
        let server = try ScriptedServer(serving: original.directory)
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(image))
    }

    @Test func fromADirectoryTheMD5CountsAsWell() throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("first", seed: 1)
        try original.add(image, as: "disk")
        try host.mustSync("file://" + original.directory)
        #expect(try host.digest() == sha256(image))
        try original.add(host.publisher.image("second", seed: 2), as: "disk")
        try host.overwrite(original.directory + "/disk", at: 4096, with: "\u{1}")
        #expect(try host.sync("file://" + original.directory).status == 65)
        #expect(try host.digest() == sha256(image))
    }
}
