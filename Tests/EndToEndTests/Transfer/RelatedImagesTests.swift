import Foundation
import GlareTestSupport
import Testing

/// Three related images: what one of them brings, the others begin with.
@Suite("related images on an empty host")
struct RelatedImagesTests {
    let fixture: TransferFixture
    let base: TransferFixture.Published
    let related: [TransferFixture.Published]

    init() throws {
        let fixture = try TransferFixture()
        base = try fixture.publish(TextDisk(), as: "m")
        related = try ["a", "z"].map { try fixture.publish(TextDisk().changed(2, seed: $0 == "a" ? 5 : 6), as: $0) }
        self.fixture = fixture
    }

    @Test("all are right, however many come at a time", arguments: ["1", "4"])
    func jobs(_ jobs: String) throws {
        let synced = try fixture.sync(fixture.host.fileServer, "--jobs", jobs)
        #expect(synced.images.compactMap(\.way).sorted() == ["delta", "delta", "frames"])
        for version in [base] + related { try fixture.expectCached(version) }
    }

    @Test("one alone comes by its own frames", arguments: ["a", "m", "z"])
    func alone(_ name: String) throws {
        let synced = try fixture.sync(fixture.host.fileServer, "--only", name)
        #expect(synced.images.map(\.way) == ["frames"])
        for version in [base] + related where version.name == name { try fixture.expectCached(version) }
    }

    @Test("the one to begin with can't be had: the others come all the same, by frames")
    func withoutTheFirst() throws {
        let planned = try fixture.sync(fixture.host.fileServer, "--dry-run")
        let first = try #require(planned.images.first { $0.way == "frames" }).name
        let server = try ScriptedServer { [repository = fixture.repository] request in
            let isOfFirst = request.path.contains("/\(first)-") && !request.path.hasSuffix(".manifest")
            return isOfFirst ? .whole("404 Not Found") : .part(of: repository, for: request)
        }
        let result = try fixture.run([server.address])
        #expect(result.status == 69)
        #expect(!fixture.host.exists(first))
        for version in [base] + related where version.name != first {
            #expect(try fixture.host.digest(version.name) == version.sha256)
        }
    }

    @Test("two names of one content are no trouble")
    func sameContent() throws {
        let twin = try fixture.publish(TextDisk(), as: "twin")
        #expect(twin.sha256 == base.sha256)
        try fixture.sync(fixture.host.fileServer)
        for version in [base, twin] + related { try fixture.expectCached(version) }
    }
}
