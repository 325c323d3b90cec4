import Foundation
import GlareTestSupport
import Testing

/// Properties of versions: said by the publisher, shown, and chosen by.
@Suite struct AnnotateTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    private struct Listing: Decodable {
        struct Image: Decodable { let versions: [Version] }
        struct Version: Decodable {
            let id: String
            let properties: [String: String]?
        }
        let images: [Image]
    }

    private func properties(of reference: String) throws -> [String: String]? {
        let list = try fixture.mustCommand("list", reference, "--json").stdout
        return try fixture.decode(list, as: Listing.self).images.first?.versions.first?.properties
    }

    @Test func eachVersionHasItsOwn() throws {
        try fixture.publish(seed: 1, options: ["--property", "arch=x86_64", "--property", "build=1"])
        try fixture.publish(seed: 2, options: ["--property", "arch=aarch64"])
        try fixture.mustCommand("annotate", "disk", "os=debian", "note=a = b, ü")
        #expect(try properties(of: "disk") == ["arch": "aarch64", "os": "debian", "note": "a = b, ü"])
        #expect(try properties(of: "disk@-1") == ["arch": "x86_64", "build": "1"])
        try fixture.mustCommand("annotate", "disk@-1", "build=", "arch=i386")
        #expect(try properties(of: "disk@-1") == ["arch": "i386"])
        try fixture.mustCommand("annotate", "disk@-1", "arch=")
        #expect(try properties(of: "disk@-1") == nil)
        #expect(try fixture.mustCommand("list").stdout.contains("arch=aarch64 note=a = b, ü os=debian"))
    }

    @Test func theContentIsNotTouchedAndTheSameAgainChangesNothing() throws {
        let version = try fixture.publish(seed: 1)
        let facts = try fixture.facts(version.path)
        try fixture.mustCommand("annotate", "disk", "arch=x86_64")
        #expect(try fixture.facts(version.path) == facts)
        let before = try fixture.snapshot()
        let again = try fixture.mustCommand("annotate", "disk", "arch=x86_64")
        #expect(again.stdout.contains("nothing was changed"))
        #expect(try fixture.snapshot() == before)
    }

    @Test(arguments: ["arch", "=x", "Arch=x", "9=x", "a b=x", "arch=\u{1B}[2J", "arch=a\nb"])
    func whatIsNoPropertyIsRefused(_ word: String) throws {
        try fixture.publish(seed: 1)
        let before = try fixture.snapshot()
        #expect(try fixture.command("annotate", "disk", "good=1", word).status == 64)
        #expect(try fixture.snapshot() == before)
    }

    @Test func moreThanThirtyTwoAreRefused() throws {
        try fixture.publish(seed: 1)
        let words = (1...32).map { "p\($0)=x" }
        #expect(try fixture.glare(["annotate", "disk", "-d", fixture.repository] + words).status == 0)
        #expect(try fixture.command("annotate", "disk", "p33=x").status == 64)
        try fixture.mustCommand("annotate", "disk", "p33=x", "p1=", "p33=y")
    }

    @Test func hostsChooseByThem() throws {
        let host = try SyncFixture()
        for (name, seed, words) in [
            ("debian-amd64", UInt64(1), ["arch=x86_64", "os=debian"]),
            ("debian-arm", 2, ["arch=aarch64", "os=debian"]),
            ("fedora-amd64", 3, ["arch=x86_64", "os=fedora"]), ("bare", 4, []),
        ] {
            try host.publish(name, seed: seed)
            if !words.isEmpty {
                let said = try host.publisher.glare(["annotate", name, "-d", host.repository] + words)
                try #require(said.status == 0, "\(said.stderr)")
            }
        }
        let images = { try host.names(in: "").filter { !$0.hasPrefix(".") && $0.contains("-") || $0 == "bare" } }
        try host.mustSync(host.fileServer, "--only", "arch=x86_64 os=debian")
        #expect(try images() == ["debian-amd64"])
        try host.mustSync(host.fileServer, "--only", "arch=x86*", "--only", "fedora-*")
        #expect(try images() == ["debian-amd64", "fedora-amd64"])
        try host.mustSync(host.fileServer, "--only", "arch=aarch64", "--only", "arch=riscv")
        #expect(try images() == ["debian-amd64", "debian-arm", "fedora-amd64"])
        let none = try host.mustSync(host.fileServer, "--only", "arch=riscv")
        #expect(none.stderr.contains("no image has 'arch=riscv'"))
        #expect(try host.sync(host.fileServer, "--only", "Arch=x").status == 64)
        try host.mustSync(host.fileServer)
        #expect(try images().contains("bare"))
    }
}

extension PublisherFixture {
    fileprivate func decode<Value: Decodable>(_ text: String, as type: Value.Type) throws -> Value {
        try decode(text)
    }
}
