import Foundation
import GlareTestSupport
import Testing

/// What is under way, on a terminal.
@Suite("Bars", .enabled(if: Machine.has("python3")))
struct BarTests {
    private let host: SyncFixture
    private let server: ScriptedServer
    private let slow: [String]

    init() throws {
        host = try SyncFixture()
        try host.publishFull("one.img", seed: 1, size: 2 << 20)
        try host.publishFull("two.img", seed: 2, size: 2 << 20)
        server = try host.slowServer(after: 1 << 20)
        slow = ["sync", "-t", host.target, "-s", server.address]
    }

    /// A sync that can't end before all steps are done.
    private func sync(
        _ steps: [Terminal.Step] = [.look(after: "iB/s", onLines: 2)], _ options: String...,
        environment: [String: String] = [:], redirection: String = ""
    ) throws -> Terminal.Session {
        try Terminal.run(
            slow + options, steps, environment: environment, redirection: redirection, releasing: host.release)
    }

    @Test func tellHowFarHowFastAndHowLong() throws {
        let session = try sync()
        #expect(session.status == 0)
        let lines = session.screens[0].filter { $0.contains("fetching") }
        #expect(lines.count == 2 && Set(lines.map { $0.prefix(7) }) == ["one.img", "two.img"], "\(session.screens)")
        let line = try #require(lines.first)
        #expect(line.contains("━"))
        #expect(
            line.contains(try Regex("[0-9]+ %  +[0-9]+:[0-9]{2} left  +[0-9.]+ [KM]iB/s  .* of 2.0 MiB")), "\(line)")
    }

    @Test func areGoneAtTheEndAndResultsAreWhole() throws {
        let session = try sync()
        #expect(session.status == 0)
        #expect(!session.last.joined().contains("fetching"))
        for name in ["one.img", "two.img"] {
            #expect(session.last.contains { $0.hasPrefix("\(name): new, version ") && $0.hasSuffix("2.0 MiB fetched") })
        }
        #expect(session.last.contains { $0.hasPrefix("2 images, 2 changed; ") })
    }

    @Test func fitAWindowThatBecameNarrow() throws {
        // Then they are looked at when both are there, and not while they are drawn anew.
        let session = try sync([
            .look(after: "iB/s", onLines: 2), .resize(50, after: "iB/s"), .look(afterSeconds: 1),
            .look(after: "fetching", onLines: 2),
        ])
        let lines = session.screens[3].filter { $0.contains("fetching") }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.count < 50 && $0.contains("%") }, "\(lines)")
        #expect(!session.last.joined().contains("fetching"))
    }

    @Test func haveNoColourWhereNoneIsWanted() throws {
        let coloured = try sync()
        #expect(coloured.written.contains("\u{1B}[32m"))
        for path in [host.target, host.release] { try FileManager.default.removeItem(atPath: path) }
        let plain = try sync(environment: ["NO_COLOR": "1", "LANG": "C"])
        #expect(plain.screens[0].contains { $0.contains("##") || $0.contains("--") })
        #expect(!plain.written.contains("m\u{1B}") && !plain.written.contains("\u{1B}[32m"))
    }

    @Test(arguments: [["TERM": "dumb"], ["TERM": ""]])
    func areNotOnATerminalThatCanNotMove(_ environment: [String: String]) throws {
        let session = try sync([.look(afterSeconds: 2)], environment: environment)
        #expect(session.status == 0)
        #expect(!session.written.contains("\u{1B}") && !session.written.contains("fetching"))
    }

    @Test func areNotWhereNobodyWantsThem() throws {
        let session = try sync([.look(afterSeconds: 2)], "--quiet")
        #expect(session.status == 0)
        #expect(session.written.isEmpty, "\(session.written)")
    }

    @Test func areNotWithoutATerminal() throws {
        let process = try RunningProcess(GlareBinary.path, slow, environment: GlareBinary.environment())
        _ = process.waits(until: { false }, seconds: 2)
        try #require(process.isRunning, "\(process.stderr)")
        try host.releaseServer()
        #expect(process.wait() == 0)
        // Told once: whatever is behind it, no bars.
        #expect(process.stderr.hasPrefix("Nothing proves that these images are the publisher's"))
        #expect(process.stderr.count { $0 == "\n" } == 1, "\(process.stderr)")
        #expect(process.stdout.split(separator: "\n").count == 3)
        #expect(!process.stdout.contains("\u{1B}"))
    }

    @Test func stayOutOfDataThatGoesElsewhere() throws {
        let file = host.scratch.path("out")
        let session = try sync(redirection: ">'\(file)'")
        #expect(session.status == 0)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.hasPrefix("one.img: new") || text.hasPrefix("two.img: new"))
        #expect(!text.contains("\u{1B}") && !text.contains("fetching"))
        #expect(!session.last.joined().contains("fetching"))
    }

    @Test(.enabled(if: Machine.has("strace"))) func areOfCopyingAndVerifyingToo() throws {
        let image = try DiskImages.raw(
            at: host.scratch.path("images/big.img"), seed: 3, size: 100 << 20, data: 100 << 20)
        let session = try Terminal.run(
            ["add-image", "-i", image, "-m", "big", "-d", host.repository, "--yes"], [.look(after: " of 100.0 MiB")],
            under: Self.slowDisk)
        #expect(session.status == 0)
        #expect(session.screens[0].contains { $0.hasPrefix("big.img  copying") })
        #expect(!session.last.joined().contains("copying"))
        let verification = try Terminal.run(
            ["verify", "-d", host.repository], [.look(after: " of 100.0 MiB")], under: Self.slowDisk)
        #expect(verification.status == 0)
        #expect(verification.screens[0].contains { $0.hasPrefix("big.img-") && $0.contains("  verifying") })
        #expect(!verification.last.joined().contains("verifying"))
    }

    /// 10 ms for each MiB or less, so that it takes a while on every machine.
    private static let slowDisk = [
        Machine.path(of: "strace") ?? "strace", "-f", "-q", "-o", "/dev/null", "-e",
        "trace=pread64,pwrite64,copy_file_range", "-e",
        "inject=pread64,pwrite64,copy_file_range:delay_exit=10000",
    ]
}
