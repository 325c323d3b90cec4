import Foundation
import GlareTestSupport
import Testing

/// What people are told at the end, and what they are spared.
@Suite("What is said of what went wrong")
struct AdviceTests {
    private let host: SyncFixture
    init() throws { host = try SyncFixture() }

    @Test func aPatternThatMatchesNothingIsTold() throws {
        try host.publish(seed: 1)
        // The second time the server has nothing new to say.
        for _ in 1...2 {
            let result = try host.sync(host.fileServer, "--only", "disc", "--only", "di*")
            #expect(result.status == 0)
            let told = "no image is called 'disc'; did you mean disk? `glare list"
            #expect(result.stderr.contains(told) && !result.stderr.contains("'di*'"), "\(result.stderr)")
        }
    }

    private struct Choice: Decodable {
        let unmatched: [String]
        let images: [Image]
        struct Image: Decodable { let name: String }
    }

    @Test func statusTellsItAsSyncDoes() throws {
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        let status = ["status", "-t", host.target, "-s", host.fileServer, "--only", "none", "--only", "arch=*"]
        let result = try host.publisher.glare(status + ["--quiet"])
        #expect(result.status == 0 && result.stdout.isEmpty)
        #expect(result.stderr.contains("no image is called 'none'") && result.stderr.contains("no image has 'arch=*'"))
        for words in [status, ["sync", "--dry-run"] + status.dropFirst()] {
            let choice: Choice = try host.publisher.decode(host.publisher.glare(words + ["--json"]).stdout)
            #expect(choice.unmatched == ["none", "arch=*"] && choice.images.isEmpty)
        }
    }

    @Test func patternsThatMatchNothingTogetherAreTold() throws {
        try host.publish("one", seed: 1)
        try host.publish("two", seed: 2)
        try host.publisher.mustCommand("annotate", "two", "arch=arm")
        let result = try host.sync(host.fileServer, "--only", "one", "--only", "arch=arm")
        #expect(result.status == 0 && result.stderr.contains("no image is wanted"), "\(result.stderr)")
        #expect(try !host.sync(host.fileServer, "--only", "two", "--only", "arch=arm").stderr.contains("is wanted"))
    }

    /// Whoever does what a message says asks about the same repository or cache.
    @Test func whatToRunIsAboutTheSamePlace() throws {
        try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        let (ofRepository, ofCache) = (["-d", host.repository], ["-t", host.target])
        for (words, hint) in [
            (["list", "none"] + ofRepository, "glare list -d \(host.repository)"),
            (["log", "disk@0123", "-s", host.fileServer], "glare list disk -s \(host.fileServer)"),
            (["remove", "none"] + ofRepository, "glare list -d \(host.repository)"),
            (["clone", "disk@0123", host.scratch.path("vm")] + ofCache, "glare list disk -t \(host.target)"),
        ] {
            let result = try host.publisher.glare(words)
            #expect(result.status == 66 && result.stderr.contains("`\(hint)`"), "\(result.stderr)")
        }
        let sync = try host.sync(host.fileServer, "--only", "none")
        #expect(sync.stderr.contains("`glare list -s \(host.fileServer)`"), "\(sync.stderr)")
        try host.publisher.damage(host.publisher.link("disk"))
        let verify = try host.publisher.glare(["verify", "-d", host.repository])
        #expect(verify.stderr.contains("`glare verify --repair -d \(host.repository)`"), "\(verify.stderr)")
    }

    @Test func theSummaryCountsWhatFailed() throws {
        try host.publish("a", seed: 1)
        let broken = try host.publish("b", seed: 2)
        let repository = host.repository
        let server = try ScriptedServer(serving: repository) { request in
            request.path == "/" + broken.path ? .whole("403 Forbidden") : nil
        }
        let result = try host.sync(server.address)
        #expect(result.status == 69)
        #expect(result.stdout.contains("2 images, 1 changed, 1 failed; "), "\(result.stdout)")
    }

    @Test func aDryRunTellsWhatAllOfItCosts() throws {
        try host.publishFull("a", seed: 1, size: 1 << 20)
        try host.publishFull("b", seed: 2, size: 2 << 20)
        let text = try host.mustSync(host.fileServer, "--dry-run").stdout
        #expect(text.contains("2 images, 2 to change: 3.0 MiB to fetch in 4 requests; "), "\(text)")
        struct Report: Decodable {
            struct Cost: Decodable { let bytes, requests: Int64 }
            let planned: Cost?
            let images: [Image]
            struct Image: Decodable { let fetched, requests: Int64? }
        }
        let dry =
            try host.publisher.decode(
                host.mustSync(host.fileServer, "--dry-run", "--json").stdout) as Report
        #expect(dry.planned?.requests == 4 && dry.planned?.bytes ?? 0 > 3 << 20)
        #expect(dry.planned?.bytes == dry.images.reduce(0) { $0 + ($1.fetched ?? 0) })
        let done = try host.publisher.decode(host.mustSync(host.fileServer, "--json").stdout) as Report
        #expect(done.planned == nil)
    }

    /// So that cron sends no mail about what came right.
    @Test func quietIsQuietAboutWhatSucceedsInTheEnd() throws {
        let version = try host.publish(seed: 1)
        let repository = host.repository
        let server = try ScriptedServer(serving: repository) { request in
            request.path == "/" + version.path && request.earlier == 0 ? .whole("503 Busy") : nil
        }
        let result = try host.sync(server.address, "--quiet", "--retry-wait", "0")
        #expect(result.status == 0 && result.stderr.isEmpty && result.stdout.isEmpty, "\(result.stderr)")
    }

    @Test func anOutputThatIsClosedIsAFailure() throws {
        try host.publish(seed: 1)
        let words = ["-c", "exec \"$0\" list -d \"$1\" >&-", GlareBinary.path, host.repository]
        let result = try run("sh", words, environment: GlareBinary.environment())
        #expect(result.status == 74 && result.stderr.contains("Bad file descriptor"), "\(result.stderr)")
    }

    @Test(.enabled(if: Machine.canBeOthers)) func aHomeOfSomebodyElseIsPassedOver() throws {
        try host.publish(seed: 1)
        try host.publisher.openForOthers()
        let home = try host.scratch.directory("home")
        chmod(home, 0o700)
        let result = try PublisherUser.nobody.glare(
            host.publisher, ["list", "-d", host.repository], environment: ["HOME": home])
        #expect(result.status == 0 && result.stdout.contains("disk"), "\(result.stderr)")
        #expect(result.stderr.contains("\(home)/.glare.conf") && result.stderr.contains("passed over"))
    }

    @Test func aCheckFindsFilesThatAreNotThere() throws {
        for key in ["CA_FILE", "NETRC", "CLIENT_CERT", "CLIENT_KEY", "SIGN_KEY"] {
            let result = try host.publisher.glare(["config", "--check"], environment: ["GLARE_\(key)": "/no/such"])
            #expect(result.status == 78 && result.stderr.contains("\(key)=/no/such"), "\(result.stderr)")
        }
    }

    @Test func whatIsReadAgainIsNotCalledUnknown() throws {
        try host.publish(seed: 1)
        let result = try host.publisher.glare(["rebuild-index", "--full", "-d", host.repository])
        #expect(result.status == 0 && result.stderr.contains(" again…"), "\(result.stderr)")
        #expect(!result.stderr.contains("not known yet"))
    }

    @Test func aServerTellsProgramsWhereItIs() throws {
        try host.publish(seed: 1)
        let server = try RunningProcess(
            GlareBinary.path, ["serve", "-d", host.repository, "--port", "0", "--json"],
            environment: GlareBinary.environment())
        try #require(server.waits { server.stdout.hasSuffix("}\n") })
        struct Report: Decodable { let directory, address: String }
        let report = try host.publisher.decode(server.stdout) as Report
        #expect(report.directory == host.repository)
        try host.mustSync(report.address)
        #expect(host.exists("disk"))
        #expect(!server.stdout.contains("GET"))
    }
}
