import Foundation
import GlareTestSupport
import Testing

/// From a repository that the original made, behind the servers that it was served by.
@Suite(.enabled(if: SyncServer.areHere))
struct SyncOriginalTests {
    @Test(arguments: [SyncServer.nginx, .apache])
    func getsEachVersionInTurn(_ kind: SyncServer) throws {
        let (host, original) = try hostOfTheOriginal()
        let server = try kind.serve(original.directory)
        for seed: UInt64 in [1, 2, 1] {
            let image = try host.publisher.image("debian-12", seed: seed)
            try original.add(image, as: "debian-12")
            try host.mustSync(server.address)
            #expect(try host.digest("debian-12") == sha256(image), "after publishing \(seed)")
            #expect(try host.names(in: "archive").contains("debian-12-\(md5(image))"))
        }
    }

    @Test(arguments: [SyncServer.nginx, .apache])
    func keepsTheServersModificationTime(_ kind: SyncServer) throws {
        let (host, original) = try hostOfTheOriginal()
        try original.add(host.publisher.image("disk", seed: 1), as: "disk")
        try mustRun("touch", ["-d", "2021-03-04 05:06:07 UTC", original.directory + "/disk"])
        let server = try kind.serve(original.directory)
        try host.mustSync(server.address)
        #expect(try host.facts("disk").modified == original.modified("disk"))
    }

    @Test(arguments: [SyncServer.nginx, .apache])
    func unchangedSyncCostsOneSmallRequestPerName(_ kind: SyncServer) throws {
        let (host, original) = try hostOfTheOriginal()
        for (index, name) in ["a", "b+1", "c"].enumerated() {
            try original.add(host.publisher.image(name, seed: UInt64(index)), as: name)
        }
        let server = try kind.serve(original.directory)
        try host.mustSync(server.address)
        let before = try host.facts("b+1")
        let requests = try server.requests { try host.mustSync(server.address) }
        let perName = requests.filter { !["/images.json", "/images.txt"].contains($0.path) }

        #expect(requests.count == 2 + 3)
        #expect(Set(perName.map(\.path)) == ["/a", "/b%2B1", "/c"])
        #expect(perName.allSatisfy { $0.method == "HEAD" || $0.status == 304 })
        #expect(try host.facts("b+1") == before)
    }

    @Test(arguments: [SyncServer.nginx, .apache])
    func rollbackFetchesNoImage(_ kind: SyncServer) throws {
        let (host, original) = try hostOfTheOriginal()
        let server = try kind.serve(original.directory)
        let first = try host.publisher.image("disk", seed: 1)
        try original.add(first, as: "disk")
        try host.mustSync(server.address)
        try original.add(host.publisher.image("disk", seed: 2), as: "disk")
        try host.mustSync(server.address)
        try original.add(host.publisher.image("disk", seed: 1), as: "disk")
        let requests = try server.requests { try host.mustSync(server.address) }
        #expect(try host.digest() == sha256(first))
        #expect(!requests.contains { $0.method == "GET" && $0.path == "/disk" })
    }

    /// After an update it takes one more sync until the name is known to be what the changelog speaks of,
    /// and not one more.
    @Test(arguments: [SyncServer.nginx, .apache])
    func isQuietAgainAfterARollback(_ kind: SyncServer) throws {
        let (host, original) = try hostOfTheOriginal()
        let server = try kind.serve(original.directory)
        for seed: UInt64 in [1, 2, 1] {
            try original.add(host.publisher.image("disk", seed: seed), as: "disk")
            try host.mustSync(server.address)
        }
        try host.mustSync(server.address)
        let requests = try server.requests { try host.mustSync(server.address) }
        #expect(requests.map(\.path).sorted() == ["/disk", "/images.json", "/images.txt"])
        #expect(requests.contains { $0.path == "/disk" && $0.status == 304 })
    }

    /// The original's hosts had files of the same names: they are known by their content.
    @Test(arguments: [SyncServer.nginx, .apache])
    func adoptsTheCacheOfTheOriginal(_ kind: SyncServer) throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("disk", seed: 1)
        try original.add(image, as: "disk")
        _ = try host.scratch.directory("cache")
        try mustRun("cp", [image, host.path("disk")])
        let inode = try host.facts("disk").inode
        let server = try kind.serve(original.directory)
        let requests = try server.requests { try host.mustSync(server.address) }
        #expect(try host.facts("disk").inode == inode)
        #expect(!requests.contains { $0.method == "GET" && $0.path == "/disk" })
    }

    @Test(arguments: [SyncServer.nginx, .apache])
    func goesOnWhenTheRepositoryGetsACatalogue(_ kind: SyncServer) throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("disk", seed: 1)
        try original.add(image, as: "disk")
        let server = try kind.serve(original.directory)
        try host.mustSync(server.address)
        let inode = try host.facts("disk").inode
        try #require(try glare("rebuild-index", "-d", original.directory).status == 0)
        let requests = try server.requests { try host.mustSync(server.address) }
        #expect(try host.facts("disk").inode == inode)
        #expect(!requests.contains { $0.path.hasPrefix("/archive/") || $0.path == "/disk" })
    }
}

/// A host, and a repository of the original's beside it.
func hostOfTheOriginal() throws -> (SyncFixture, SyncOriginalRepository) {
    let host = try SyncFixture()
    return (host, try SyncOriginalRepository(host.scratch.path("original")))
}
