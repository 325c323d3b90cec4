import Foundation
import GlareTestSupport
import Testing

/// The life of an image in a cache, from a repository of ours behind each server.
@Suite(.enabled(if: SyncServer.areHere))
struct SyncServersTests {
    @Test(arguments: SyncServer.allCases)
    func firstSyncBringsTheImage(_ kind: SyncServer) throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try kind.serve(host.repository)
        let requests = try server.requests { try host.mustSync(server.address) }

        #expect(try host.digest() == version.sha256)
        #expect(try host.facts("disk").modified == host.publisher.facts(version.path).modified)
        #expect(try host.facts("disk").mode == 0o444)
        #expect(try host.facts("disk").inode == host.facts(version.path).inode)
        #expect(requests.map(\.path).filter { $0.hasPrefix("/archive/") } == ["/" + version.path])
    }

    @Test(arguments: SyncServer.allCases)
    func unchangedSyncCostsOneRequest(_ kind: SyncServer) throws {
        let host = try SyncFixture()
        for (index, name) in ["alpine", "debian-12", "gentoo+x"].enumerated() {
            try host.publish(name, seed: UInt64(index))
        }
        let server = try kind.serve(host.repository)
        try host.mustSync(server.address)
        let before = try host.facts("debian-12")
        let requests = try server.requests { try host.mustSync(server.address) }

        #expect(requests.map(\.path) == ["/images.json"])
        #expect(requests.map(\.status) == [304])
        #expect(try host.facts("debian-12") == before)
    }

    @Test(arguments: SyncServer.allCases)
    func updateReplacesTheImage(_ kind: SyncServer) throws {
        let host = try SyncFixture()
        let first = try host.publish(seed: 1)
        let server = try kind.serve(host.repository)
        try host.mustSync(server.address)
        let second = try host.publish(seed: 2)
        let result = try host.mustSync(server.address)

        #expect(try host.digest() == second.sha256)
        #expect(try host.digest(first.path) == first.sha256)
        #expect(try host.facts("disk").modified == host.publisher.facts(second.path).modified)
        #expect(result.stdout.contains("disk: updated, version \(second.id), 256.0 KiB fetched"))
    }

    @Test(arguments: SyncServer.allCases)
    func rollbackComesFromTheArchive(_ kind: SyncServer) throws {
        let host = try SyncFixture()
        let first = try host.publish(seed: 1)
        let server = try kind.serve(host.repository)
        try host.mustSync(server.address)
        let inode = try host.facts("disk").inode
        try host.publish(seed: 2)
        try host.mustSync(server.address)
        try host.publish(seed: 1)
        let requests = try server.requests {
            let result = try host.mustSync(server.address)
            #expect(result.stdout.contains("version \(first.id), from the archive"))
        }

        #expect(try host.digest() == first.sha256)
        #expect(try host.facts("disk").inode == inode)
        #expect(requests.filter { $0.path.hasPrefix("/archive/") }.isEmpty)
    }

    /// nginx and Apache make entity tags of size and time, in whole seconds; and a catalogue keeps its
    /// size when one version takes the place of another.
    @Test(arguments: SyncServer.allCases)
    func publishesInOneSecondAreToldApart(_ kind: SyncServer) throws {
        let host = try SyncFixture()
        for name in ["a", "b"] { try host.publisher.publish(name, seed: 1) }
        let server = try kind.serve(host.repository)
        try host.mustSync(server.address)
        // The start of a second after that of the last publish.
        sleep(1)
        usleep(UInt32(1_000_000 - Int(Date().timeIntervalSince1970 * 1_000_000) % 1_000_000))
        for name in ["a", "b"] {
            let version = try host.publisher.publish(name, seed: 2)
            try host.mustSync(server.address)
            #expect(try host.digest(name) == version.sha256)
        }
    }
}

/// The same from a directory of this machine.
struct SyncDirectoryServerTests {
    @Test func followsARepositoryThroughPublishUpdateAndRollback() throws {
        let host = try SyncFixture()
        for seed: UInt64 in [1, 2, 1] {
            let version = try host.publish(seed: seed)
            try host.mustSync(host.fileServer)
            #expect(try host.digest() == version.sha256)
        }
    }

    /// To the repository a rollback is a publish: the version gets a new time there.
    @Test func aRollbackHasTheServersModificationTime() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try mustRun("touch", ["-d", "2020-02-02 02:02:02 UTC", host.repository + "/" + version.path])
        try #require(try host.publisher.rebuild().status == 0)
        try host.mustSync(host.fileServer)
        #expect(try host.facts("disk").modified == host.publisher.facts(version.path).modified)
        for seed: UInt64 in [2, 1] {
            try host.publish(seed: seed)
            try host.mustSync(host.fileServer)
        }
        #expect(try host.facts("disk").modified == host.publisher.facts(version.path).modified)
    }

    @Test func unchangedSyncKeepsTheFile() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        let before = try host.facts("disk")
        let result = try host.mustSync(host.fileServer)
        #expect(try host.facts("disk") == before)
        #expect(result.stdout.contains("1 image, 0 changed"))
    }

    @Test func rollbackKeepsTheFileOfTheArchive() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        let inode = try host.facts("disk").inode
        try host.publish(seed: 2)
        try host.mustSync(host.fileServer)
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        #expect(try host.facts("disk").inode == inode)
    }

    @Test(arguments: ["with space", "hash#mark", "per%41cent", "über"])
    func takesADirectoryOfAnyName(_ name: String) throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let moved = host.scratch.path(name)
        try FileManager.default.moveItem(atPath: host.repository, toPath: moved)
        let unreserved = CharacterSet.urlPathAllowed
        let encoded = try #require(moved.addingPercentEncoding(withAllowedCharacters: unreserved))
        try host.mustSync("file://" + encoded)
        #expect(try host.digest() == version.sha256)
    }
}
