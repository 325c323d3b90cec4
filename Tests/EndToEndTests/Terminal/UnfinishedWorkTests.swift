import Foundation
import GlareTestSupport
import Testing

/// What a signal in the middle of work leaves.
@Suite("A command that is ended by a signal", .enabled(if: Machine.has("strace")))
struct UnfinishedWorkTests {
    private let publisher: PublisherFixture
    init() throws { publisher = try PublisherFixture() }

    /// A disk of zeros that are all there: quickly made, and long to read.
    private func longImage(_ name: String = "long.img") throws -> String {
        let path = try publisher.image(name, seed: 1)
        try mustRun(
            "dd", ["if=/dev/zero", "of=\(path)", "bs=1M", "seek=1", "count=300", "conv=notrunc", "status=none"])
        return path
    }

    private func start(_ arguments: [String], prefix: [String] = []) throws -> RunningProcess {
        let words = prefix + [GlareBinary.path] + arguments
        return try RunningProcess(words[0], Array(words.dropFirst()), environment: GlareBinary.environment())
    }

    /// An add-image that stands still in the middle of its copy.
    private func stoppedWhileCopying(_ image: String, prefix: [String] = []) throws -> RunningProcess {
        // Beside itself (-D) strace has each read take its time: the copy lasts until it is stopped.
        let slowly = [
            "strace", "-D", "-f", "-q", "-o", "/dev/null", "-e", "trace=pread64", "-e",
            "inject=pread64:delay_exit=5000",
        ]
        let process = try start(
            ["add-image", "-i", image, "-m", "x", "-d", publisher.repository], prefix: prefix + slowly)
        // The copy and its frames.
        try #require(process.waits(until: { (try? publisher.leftovers())?.count == 2 }), "\(process.stderr)")
        process.signal(SIGSTOP)
        try #require(try publisher.leftovers().count == 2)
        return process
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func anAddImageLeavesNothingOfItsCopy(_ number: Int32) throws {
        try publisher.publish(seed: 7)
        let image = try longImage()
        let before = try publisher.snapshot()
        let process = try stoppedWhileCopying(image)
        process.signal(number)
        process.signal(SIGCONT)
        #expect(process.wait() == 128 + number)
        #expect(try publisher.leftovers() == [])
        #expect(try publisher.snapshot() == before)
        // strace has a word to say of each signal that it passes on.
        let told = process.stderr.split(separator: "\n").filter { !$0.contains("strace: ") }
        #expect(process.stdout.isEmpty && told == ["Verifying Image…"], "\(process.stderr)")
    }

    @Test func severalSignalsAtOnceAreAsGoodAsOne() throws {
        let process = try stoppedWhileCopying(try longImage())
        for number in [SIGINT, SIGTERM, SIGHUP, SIGCONT] { process.signal(number) }
        #expect([SIGINT, SIGTERM, SIGHUP].contains(process.wait() - 128))
        #expect(try publisher.archived() == [])
    }

    @Test func underNohupAnAddImageGoesOn() throws {
        let image = try longImage()
        let process = try stoppedWhileCopying(image, prefix: ["nohup"])
        process.signal(SIGHUP)
        process.signal(SIGCONT)
        #expect(process.wait() == 0)
        #expect(try publisher.listed("long.img") == [String(sha256(image).prefix(32))])
    }

    /// As a shell without job control starts what is to run in the background.
    @Test func whereCtrlCIsIgnoredItIsIgnored() throws {
        let process = try stoppedWhileCopying(
            try longImage(), prefix: ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"])
        process.signal(SIGINT)
        process.signal(SIGCONT)
        #expect(process.wait() == 0)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aRebuildThatReadsLongChangesNothing(_ number: Int32) throws {
        try publisher.publish(seed: 7)
        try #require(publisher.add(longImage()).status == 0)
        let before = try publisher.snapshot()
        let process = try start(["rebuild-index", "--full", "-d", publisher.repository])
        try #require(process.waits(until: { process.stderr.contains("long.img-") }), "\(process.stderr)")
        process.signal(number)
        #expect(process.wait() == 128 + number)
        #expect(try publisher.snapshot() == before)
        #expect(try publisher.leftovers() == [])
    }

    @Test func whatWasKilledIsClearedAwayByTheNextThatWrites() throws {
        let process = try stoppedWhileCopying(try longImage())
        process.signal(SIGKILL)
        #expect(process.wait() == 128 + SIGKILL)
        #expect(try publisher.leftovers().count == 2)
        try publisher.publish(seed: 2)
        #expect(try publisher.leftovers() == [])
    }

    @Test(.enabled(if: Machine.has("python3")))
    func controlCAtTheQuestionKeepsAllVersions() throws {
        let old = try publisher.publish(seed: 1)
        let image = try publisher.image("disk", seed: 2)
        try publisher.letTimePass()
        let session = try Terminal.run(
            ["add-image", "-i", image, "-m", "m", "-d", publisher.repository, "-l", "1"],
            [.type("\u{3}", after: "(y/n)?")])
        #expect(session.status == 128 + SIGINT)
        #expect(try publisher.listed() == [String(sha256(image).prefix(32)), old.id])
        #expect(!session.written.contains("Cleaning up"))
    }

    @Test(.enabled(if: Machine.has("python3")))
    func aTerminalThatGoesAwayEndsASyncAndKeepsWhatCame() throws {
        let host = try SyncFixture()
        let version = try host.publishFull(seed: 1)
        let server = try host.slowServer(after: 2 << 20)
        let arguments = [
            GlareBinary.path, "sync", "-t", host.target, "-s", server.address, "--retries", "0",
        ]
        let result = try run(
            "python3", ["-c", Terminal.untilARateIsShown + Self.hangUp] + arguments,
            environment: GlareBinary.environment(["TERM": "xterm"]))
        #expect(result.stdout == "\(SIGHUP)\n", "\(result.stderr)")
        #expect(try host.facts(".glare/partial/disk.data").size >= 1 << 20)
        #expect(try host.names(in: ".glare/tmp") == [])
        try host.releaseServer()
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(server.requests(for: "/" + version.path).last?.rangeStart ?? 0 >= 1 << 20)
    }

    /// Reads until a rate is shown, closes the terminal, and tells by which signal its program ended.
    private static let hangUp = """
        os.close(terminal)
        print(os.WTERMSIG(os.waitpid(pid, 0)[1]))
        """
}
