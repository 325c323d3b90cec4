import Foundation
import GlareTestSupport
import Testing

/// What a host with the publisher's key takes, and what it refuses.
@Suite("A host that trusts a key", .enabled(if: Machine.has("minisign")))
struct TrustTests {
    private let fixture: SignedFixture
    init() throws { fixture = try SignedFixture() }

    /// Nothing is installed, the cache is as it was, and the reason is a word.
    private func expectRefused(_ reason: String, _ server: String? = nil, key: String? = nil) throws {
        let before = try fixture.cacheSnapshot()
        let result = try fixture.sync(server, key: key)
        #expect(result.status == 76, "\(reason): \(result.status) \(result.stderr)")
        #expect(result.stderr.contains("[\(reason)]"), "\(result.stderr)")
        struct Report: Decodable { let notTrusted: String? }
        let text = try fixture.host.publisher.glare(
            ["sync", "-t", fixture.host.target, "-s", server ?? fixture.host.fileServer, "--retries", "0", "--json"]
                + ["--trusted-key", fixture.publicKey(key ?? fixture.key)]
        ).stdout
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        #expect(try decoder.decode(Report.self, from: Data(text.utf8)).notTrusted == reason, "\(text)")
        #expect(try fixture.cacheSnapshot() == before)
    }

    @Test func whatIsSignedIsInstalledAndAPollIsTheSignatureAlone() throws {
        let version = try fixture.publish(seed: 1)
        let server = try ScriptedServer(serving: fixture.repository)
        let first = try fixture.sync(server.address)
        #expect(first.status == 0 && !first.stderr.contains("Nothing proves"), "\(first.stderr)")
        #expect(try fixture.host.digest() == version.sha256)
        #expect(server.requests(for: "/images.json").isEmpty)
        let (asked, sent) = (server.requests.count, server.bytesSent)
        let second = try fixture.sync(server.address, "--json")
        #expect(second.status == 0 && second.stdout.contains("\"signed\" : true"), "\(second.stdout)")
        #expect(server.requests[asked...].map(\.path) == ["/images.json.minisig"])
        #expect(server.bytesSent - sent < 1024)
        #expect(fixture.host.exists("images.json.minisig"))
    }

    @Test func aKeyMayBeAFileAndOneOfSeveral() throws {
        try fixture.publish(seed: 1)
        let other = fixture.host.scratch.path("other")
        try fixture.makeKey(other)
        let result = try fixture.host.publisher.glare(
            ["sync", "-t", fixture.host.target, "-s", fixture.host.fileServer],
            environment: ["GLARE_TRUSTED_KEY": "\(other).pub \(fixture.key).pub"])
        #expect(result.status == 0, "\(result.stderr)")
    }

    @Test func aKeyFileHereNeedsNoSlash() throws {
        try fixture.publish(seed: 1)
        let (scratch, host) = (fixture.host.scratch, fixture.host)
        try mustRun("cp", [fixture.key + ".pub", scratch.path("here.pub")])
        let result = try run(
            GlareBinary.path, ["sync", "-t", host.target, "-s", host.fileServer, "--trusted-key", "here.pub"],
            environment: GlareBinary.environment(), directory: scratch.url.path)
        #expect(result.status == 0, "\(result.stderr)")
    }

    @Test func noSignatureIsRefused() throws {
        try fixture.publish(seed: 1)
        try FileManager.default.removeItem(atPath: fixture.signature)
        try expectRefused("unsigned")
    }

    @Test func anotherKeyIsRefused() throws {
        try fixture.publish(seed: 1)
        let other = fixture.host.scratch.path("other")
        try fixture.makeKey(other)
        try expectRefused("other-key", key: other)
    }

    @Test func aChangedByteIsRefused() throws {
        try fixture.publish(seed: 1)
        #expect(try fixture.sync().status == 0)
        let version = try fixture.publish(seed: 2)
        let repository = fixture.repository
        for path in ["/images.json.minisig", "/catalogue/"] {
            let server = try ScriptedServer(serving: repository) { request in
                guard request.path.hasPrefix(path) else { return nil }
                var reply = ScriptedReply.file(in: repository, for: request)
                reply.body[reply.body.count / 2] ^= 1
                return reply
            }
            try expectRefused("altered", server.address)
        }
        #expect(try fixture.sync().status == 0)
        #expect(try fixture.host.digest() == version.sha256)
    }

    /// Too long, and too short: whatever is not just what was signed.
    @Test func anotherLengthIsRefused() throws {
        try fixture.publish(seed: 1)
        let repository = fixture.repository
        for path in ["/images.json.minisig", "/catalogue/"] {
            let server = try ScriptedServer(serving: repository) { request in
                guard request.path.hasPrefix(path) else { return nil }
                var body = ScriptedReply.file(in: repository, for: request).body
                body += [UInt8](repeating: 0x20, count: 5000)
                return .whole(body: body)
            }
            try expectRefused("altered", server.address)
        }
    }

    /// Who makes another mirror fail must not hide that this one lies.
    @Test func aLieIsToldThoughAnotherMirrorIsAway() throws {
        try fixture.publish(seed: 1)
        let repository = fixture.repository
        let liar = try ScriptedServer(serving: repository) { request in
            request.path.hasPrefix("/images.json.minisig") ? .whole("404 Not Found") : nil
        }
        for order in [[liar.address, "http://127.0.0.1:1"], ["http://127.0.0.1:1", liar.address]] {
            let result = try fixture.sync(order[0], "-s", order[1])
            #expect(result.status == 76 && result.stderr.contains("[unsigned]"), "\(result.stderr)")
        }
    }

    /// Trust that was reset and found nothing to trust is as it was.
    @Test func aResetForgetsNothingBeforeSomethingIsVerified() throws {
        try fixture.publish(seed: 1)
        let old = fixture.host.scratch.path("old")
        try mustRun("cp", ["-a", fixture.repository, old])
        try fixture.publish(seed: 2)
        #expect(try fixture.sync().status == 0)
        let liar = try ScriptedServer { _ in .whole("404 Not Found") }
        #expect(try fixture.sync(liar.address, "--reset-trust").status == 76)
        try expectRefused("rolled-back", "file://" + old)
        #expect(try fixture.sync("file://" + old, "--reset-trust").status == 0)
    }

    @Test func anOlderCatalogueIsRefusedAndAnotherMirrorIsTaken() throws {
        try fixture.publish(seed: 1)
        let old = fixture.host.scratch.path("old")
        try mustRun("cp", ["-a", fixture.repository, old])
        let version = try fixture.publish(seed: 2)
        #expect(try fixture.sync().status == 0)
        try expectRefused("rolled-back", "file://" + old)
        let both = try fixture.sync("file://" + old, "-s", fixture.host.fileServer)
        #expect(both.status == 0, "\(both.stderr)")
        #expect(try fixture.host.digest() == version.sha256)
    }

    @Test func theSameSerialWithAnotherCatalogueIsRefused() throws {
        try fixture.publish(seed: 1)
        let twin = fixture.host.scratch.path("twin")
        try mustRun("cp", ["-a", fixture.repository, twin])
        #expect(try fixture.sync().status == 0)
        // Two spaces more: the same to a reader of JSON, other bytes.
        let catalogue = try String(contentsOfFile: twin + "/images.json", encoding: .utf8) + " \n"
        try catalogue.write(toFile: twin + "/images.json", atomically: false, encoding: .utf8)
        let digest = try sha256(twin + "/images.json")
        try catalogue.write(toFile: twin + "/catalogue/\(digest).json", atomically: false, encoding: .utf8)
        let comment = try fixture.comment().replacing(/sha256=.*/, with: "sha256=\(digest)")
            .replacing(/size=[0-9]+/, with: "size=\(catalogue.utf8.count)")
        try fixture.minisign(twin + "/images.json", comment: comment, to: twin + "/images.json.minisig")
        try expectRefused("contradictory", "file://" + twin)
    }

    @Test func anExpiredOneIsRefusedAndOneThatWillBeIsTold() throws {
        try fixture.publish(seed: 1)
        #expect(try fixture.sync().status == 0)
        let soon = Date().addingTimeInterval(1000).formatted(.iso8601)
        let begun = Date().addingTimeInterval(-10000).formatted(.iso8601)
        try fixture.sign(replacing: "created=[^ ]*", with: "created=\(begun)")
        try fixture.sign(replacing: "expires=[^ ]*", with: "expires=\(soon)")
        let warned = try fixture.sync()
        #expect(warned.status == 0 && warned.stderr.contains("ends at \(soon)"), "\(warned.stderr)")
        try fixture.sign(replacing: "expires=[^ ]*", with: "expires=2026-01-01T00:00:00Z")
        try expectRefused("expired")
    }

    @Test func oneFromTheFutureIsRefused() throws {
        try fixture.publish(seed: 1)
        let near = Date().addingTimeInterval(300).formatted(.iso8601)
        try fixture.sign(replacing: "created=[^ ]*", with: "created=\(near)")
        #expect(try fixture.sync().status == 0)
        let far = Date().addingTimeInterval(900).formatted(.iso8601)
        try fixture.sign(replacing: "created=[^ ]*", with: "created=\(far)")
        try expectRefused("from-the-future")
    }

    @Test func anotherRepositoryIsRefusedUntilTrustIsReset() throws {
        try fixture.publish(seed: 1)
        #expect(try fixture.sync().status == 0)
        let other = try SyncFixture()
        let image = try other.publisher.image("disk", seed: 2)
        let added = try fixture.glare(["add-image", "-i", image, "-m", "m", "-d", other.repository])
        try #require(added.status == 0, "\(added.stderr)")
        try expectRefused("other-repository", other.fileServer)
        let reset = try fixture.sync(other.fileServer, "--reset-trust")
        #expect(reset.status == 0, "\(reset.stderr)")
        #expect(try fixture.host.digest() == sha256(image))
        try expectRefused("other-repository")
    }

    @Test func aDryRunRemembersNothing() throws {
        try fixture.publish(seed: 1)
        #expect(try fixture.sync(nil, "--dry-run").status == 0)
        #expect(!fixture.host.exists(".glare/trust.json"))
        #expect(try fixture.sync().status == 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: fixture.host.path(".glare/trust.json")))
        try fixture.publish(seed: 2)
        #expect(try fixture.sync(nil, "--dry-run").status == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.host.path(".glare/trust.json"))) == before)
    }

    /// Nobody can say what it had seen: it must not be taken for a new host.
    @Test(arguments: ["{}", "", "\n", "nonsense", "half", "null"])
    func aDamagedMemoryIsNoPermission(_ damage: String) throws {
        try fixture.publish(seed: 1)
        #expect(try fixture.sync().status == 0)
        let version = try fixture.publish(seed: 2)
        let memory = fixture.host.path(".glare/trust.json")
        let text = try String(contentsOfFile: memory, encoding: .utf8)
        let damaged = damage == "half" ? String(text.prefix(text.count / 2)) : damage
        try damaged.write(toFile: memory, atomically: false, encoding: .utf8)
        let before = try fixture.cacheSnapshot()
        let result = try fixture.sync()
        #expect(result.status == 65, "\(result.status) \(result.stderr)")
        #expect(result.stderr.contains(memory) && result.stderr.contains("sync --reset-trust"), "\(result.stderr)")
        #expect(try fixture.cacheSnapshot() == before)
        #expect(try String(contentsOfFile: memory, encoding: .utf8) == damaged)
        #expect(try fixture.sync(nil, "--reset-trust").status == 0)
        #expect(try fixture.host.digest() == version.sha256)
    }

    /// Whatever a server keeps back of a signed catalogue, it is not taken for one that never was.
    @Test(
        arguments: [
            (["/images.json.minisig"], 76), (["/images.json.minisig", "/images.json"], 76), (["/"], 76),
            // Hosts with a key don't ask for the first of these.
            (["/images.json"], 0), (["/catalogue/"], 69),
        ] as [([String], Int32)])
    func whatIsWithheldIsToldAndAnotherMirrorIsTaken(_ paths: [String], status: Int32) throws {
        try fixture.publish(seed: 1)
        #expect(try fixture.sync().status == 0)
        let version = try fixture.publish(seed: 2)
        let server = try ScriptedServer(serving: fixture.repository) { request in
            let isWithheld = paths.contains { $0.hasSuffix("/") ? request.path.hasPrefix($0) : request.path == $0 }
            return isWithheld ? .whole("404 Not Found") : nil
        }
        if status == 76 { try expectRefused("unsigned", server.address) }
        let before = try fixture.cacheSnapshot()
        let alone = try fixture.sync(server.address)
        #expect(alone.status == status, "\(alone.stderr)")
        #expect(try (fixture.cacheSnapshot() == before) == (status != 0))
        let both = try fixture.sync(server.address, "-s", fixture.host.fileServer)
        #expect(both.status == 0, "\(both.stderr)")
        #expect(try fixture.host.digest() == version.sha256)
    }

    /// A signature in the cache is that of the catalogue beside it, also after a crash: it is written after it.
    @Test func theCachesSignatureComesAfterItsCatalogue() throws {
        func changed(_ name: String) throws -> Double {
            var status = stat()
            try #require(lstat(fixture.host.path(name), &status) == 0)
            return Double(status.st_ctim.tv_sec) + Double(status.st_ctim.tv_nsec) * 1e-9
        }
        for seed in 1...3 as ClosedRange<UInt64> {
            try fixture.publish(seed: seed)
            #expect(try fixture.sync().status == 0)
            #expect(try changed("images.json.minisig") >= changed("images.json"))
            try mustRun(
                "minisign", ["-V", "-q", "-m", fixture.host.path("images.json"), "-p", fixture.key + ".pub"])
        }
    }

    @Test func withoutAKeyItIsToldOnce() throws {
        try fixture.publish(seed: 1)
        let first = try fixture.host.sync(fixture.host.fileServer)
        #expect(first.status == 0 && first.stderr.contains("no TRUSTED_KEY is set"))
        let second = try fixture.host.sync(fixture.host.fileServer)
        #expect(second.status == 0 && second.stderr.isEmpty)
    }

    @Test(arguments: ["RWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn", "nothing"])
    func aKeyThatIsNoneIsConfiguration(_ key: String) throws {
        let result = try host(trusting: key)
        #expect(result.status == 78 && result.stderr.contains("TRUSTED_KEY"), "\(result.stderr)")
        #expect(try host(trusting: "/no/such.pub").status == 66)
    }

    private func host(trusting key: String) throws -> RunResult {
        try fixture.host.publisher.glare(
            ["sync", "-t", fixture.host.target, "-s", fixture.host.fileServer], environment: ["GLARE_TRUSTED_KEY": key])
    }
}

@Suite("A key that passes on to another", .enabled(if: Machine.has("minisign")))
struct KeyChangeTests {
    private let fixture: SignedFixture
    private let keys: [String]

    init() throws {
        let fixture = try SignedFixture()
        self.fixture = fixture
        keys = [fixture.key] + (2...4).map { fixture.host.scratch.path("key\($0)") }
        for key in keys.dropFirst() { try fixture.makeKey(key) }
        try fixture.publish(seed: 1)
    }

    private func passOn(to number: Int) throws {
        let result = try fixture.mustGlare(["sign", "--new-key", keys[number - 1] + ".key"], key: keys[number - 2])
        #expect(result.stderr.contains("SIGN_KEY=\(keys[number - 1]).key"), "\(result.stderr)")
    }

    @Test func hostsThatTrustAnOlderOneFollowStepByStep() throws {
        #expect(try fixture.sync().status == 0)
        for number in 2...4 { try passOn(to: number) }
        let image = try fixture.host.publisher.image("disk", seed: 2)
        try fixture.host.publisher.letTimePass()
        try fixture.mustGlare(["add-image", "-i", image, "-m", "m"], key: keys[3])
        let server = try ScriptedServer(serving: fixture.repository)
        #expect(try fixture.sync(server.address).status == 0)
        #expect(try fixture.host.digest() == sha256(image))
        #expect(server.requests.contains { $0.path == "/keys/2.pub" })
        // The way is known from then on.
        let asked = server.requests.count
        #expect(try fixture.sync(server.address).status == 0)
        #expect(server.requests.count == asked + 1)
        // And who trusts the newest needs no way.
        #expect(try fixture.sync(key: keys[3]).status == 0)
        // The old key is of no use any more.
        #expect(try fixture.glare(["sign"], key: keys[0]).status == 78)
    }

    @Test func eachKeyIsSignedByTheOneBeforeAndByItself() throws {
        try passOn(to: 2)
        for (signature, key) in [("2.pub.minisig", keys[0]), ("2.pub.own.minisig", keys[1])] {
            let directory = fixture.repository + "/keys/"
            try mustRun(
                "minisign", ["-V", "-q", "-m", directory + "2.pub", "-x", directory + signature, "-p", key + ".pub"])
        }
    }

    @Test(arguments: ["2.pub", "2.pub.minisig", "2.pub.own.minisig"]) func aWayWithAHoleIsNone(_ name: String) throws {
        #expect(try fixture.sync().status == 0)
        try passOn(to: 2)
        try FileManager.default.removeItem(atPath: fixture.repository + "/keys/" + name)
        let gone = try fixture.sync()
        #expect(gone.status == 76 && gone.stderr.contains("[unproven-key]"), "\(gone.stderr)")
    }

    @Test func aWayThatSomebodyElseMadeIsNone() throws {
        #expect(try fixture.sync().status == 0)
        // A thief of nothing: signs with a key of their own, and claims that it follows.
        let thief = try SignedFixture()
        try mustRun("rm", ["-rf", thief.repository])
        try mustRun("cp", ["-a", fixture.repository, thief.repository])
        let directory = thief.repository + "/keys/"
        try mustRun("cp", [thief.key + ".pub", directory + "2.pub"])
        let comment = try fixture.comment()
        let id = try #require(comment.firstMatch(of: /repository=([0-9a-f]+)/)?.1)
        for signature in ["2.pub.minisig", "2.pub.own.minisig"] {
            try thief.minisign(
                directory + "2.pub", comment: "glare-key-1 repository=\(id) number=2", to: directory + signature)
        }
        try thief.minisign(
            thief.repository + "/images.json", comment: comment.replacing("key=1", with: "key=2"), to: thief.signature)
        let result = try fixture.sync("file://" + thief.repository)
        #expect(result.status == 76 && result.stderr.contains("[unproven-key]"), "\(result.stderr)")
    }

    @Test func aNumberThatHasUsAskForEverIsRefused() throws {
        let other = fixture.host.scratch.path("other")
        try fixture.makeKey(other)
        try fixture.minisign(
            fixture.repository + "/images.json",
            comment: fixture.comment().replacing("key=1", with: "key=1001"), to: fixture.signature, key: other)
        let server = try ScriptedServer(serving: fixture.repository)
        let result = try fixture.sync(server.address)
        #expect(result.status == 76 && result.stderr.contains("[other-key]"), "\(result.stderr)")
        #expect(server.requests.count == 1)
    }
}
