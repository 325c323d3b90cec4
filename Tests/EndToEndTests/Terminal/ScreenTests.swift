import Foundation
import GlareTestSupport
import Testing

/// Bars among other lines.
@Suite("The screen", .enabled(if: Machine.has("python3")))
struct ScreenTests {
    private let host: SyncFixture
    private let server: ScriptedServer
    private let slow: [String]

    init() throws {
        host = try SyncFixture()
        server = try host.slowServer(after: 512 << 10)
        slow = ["sync", "-t", host.target, "-s", server.address]
    }

    /// A sync that can't end before all steps are done, if it fetches more than half a mebibyte.
    private func sync(_ steps: [Terminal.Step], _ options: String..., columns: Int = 100) throws -> Terminal.Session {
        try Terminal.run(slow + options, steps, columns: columns, releasing: host.release)
    }

    private func bars(_ screen: [String]) -> [String] { screen.filter { $0.contains("  fetching") } }

    @Test func resultsStandAboveTheBarsOfTheRest() throws {
        try host.publishFull("a.img", seed: 1, size: 512 << 10)
        try host.publishFull("b.img", seed: 2, size: 2 << 20)
        let session = try sync(
            [.look(after: "a.img: new"), .look(after: "b.img  fetching")])
        let screen = session.screens[1]
        let result = try #require(screen.firstIndex { $0.hasPrefix("a.img: new, version ") }, "\(screen)")
        #expect(screen[result].hasSuffix(", 512.0 KiB fetched"))
        #expect(bars(screen) == [screen[result + 1]] && screen[result + 1].hasPrefix("b.img  fetching"), "\(screen)")
        let results = session.last.filter { $0.contains(": new, version ") || $0.hasPrefix("2 images, ") }
        #expect(results.count == 3 && bars(session.last).isEmpty, "\(session.last)")
    }

    @Test func thereIsALineForEachThatIsUnderWayAndNoMore() throws {
        for seed in 1...5 { try host.publishFull("\(seed).img", seed: UInt64(seed), size: 1 << 20) }
        let looks = (0..<4).map { _ in Terminal.Step.look(afterSeconds: 0.3) }
        let session = try sync([.look(after: "  fetching", onLines: 3)] + looks, "--jobs", "3")
        #expect(session.screens.dropLast().allSatisfy { bars($0).count == 3 }, "\(session.screens)")
        #expect(bars(session.last).isEmpty)
        #expect(session.last.count { $0.contains(": new, version ") } == 5)
    }

    @Test func aBarGrowsWithTheWindow() throws {
        try host.publishFull("a.img", seed: 1, size: 2 << 20)
        let session = try sync(
            [.resize(140, after: "iB/s"), .look(after: "━")], columns: 50)
        let (before, after) = (bars(session.screens[0]).last, bars(session.screens[1]))
        #expect(before?.contains("━") == false)
        #expect(after.count == 1 && after[0].contains("━") && after[0].hasSuffix("of 2.0 MiB"), "\(after)")
    }

    @Test(arguments: [1, 5, 12, 20]) func aWindowMayBeAlmostNothing(_ columns: Int) throws {
        try host.publishFull("a.img", seed: 1, size: 2 << 20)
        let session = try sync([.look(afterSeconds: 2)], "--json", columns: columns)
        #expect(session.status == 0)
        // The last column stays free, and the screen has nothing else yet.
        #expect(session.screens[0].allSatisfy { $0.count < max(2, columns) }, "\(session.screens[0])")
        #expect(session.screens[0].filter { !$0.isEmpty }.count <= 1, "\(session.screens[0])")
        #expect(!session.last.joined().contains("..."))
    }

    @Test func aWarningIsALineOfItsOwn() throws {
        let version = try host.publishFull("a.img", seed: 1, size: 4 << 20)
        let repository = host.repository
        let brake = Brake(after: 512 << 10, bytesPerSecond: 64 << 10, until: host.release)
        let server = try ScriptedServer(serving: repository, brake: brake) { request in
            guard request.path == "/" + version.path, request.earlier == 0 else { return nil }
            return ScriptedReply.file(in: repository, for: request).cut(after: 2 << 20)
        }
        let session = try Terminal.run(
            ["sync", "-t", host.target, "-s", server.address],
            [.look(after: "next attempt"), .look(after: "iB/s")], columns: 300,
            environment: ["GLARE_RETRY_WAIT": "1s"], releasing: host.release)
        #expect(session.status == 0)
        let warning = try #require(session.last.first { $0.contains("next attempt") })
        #expect(warning.hasPrefix("glare: \(server.address)/\(version.path): ") && !warning.contains("fetching"))
        #expect(bars(session.screens[1]).count == 1, "\(session.screens[1])")
        #expect(bars(session.last).isEmpty)
    }

    @Test func anObjectIsLeftAlone() throws {
        try host.publishFull("a.img", seed: 1, size: 3 << 20)
        let session = try sync([.look(after: "fetching")], "--json", columns: 300)
        let text = session.last.joined(separator: "\n")
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect((object?["images"] as? [Any])?.count == 1, "\(text)")
    }

    @Test func whereNotesGoToAFileThereIsNoEscapeAnywhere() throws {
        try host.publishFull("a.img", seed: 1, size: 3 << 20)
        let file = host.scratch.path("notes")
        let session = try Terminal.run(
            slow + ["-v"], [.look(afterSeconds: 2)], redirection: "2>'\(file)'", releasing: host.release)
        #expect(session.status == 0 && session.last[0].hasPrefix("a.img: new"))
        #expect(!session.written.contains("\u{1B}") && !session.written.contains("fetching"))
        let notes = try String(contentsOfFile: file, encoding: .utf8)
        #expect(notes.hasPrefix(server.address) && notes.allSatisfy { $0.isNewline || $0 >= " " }, "\(notes)")
    }

    @Test func whatIsResumedBeginsWhereItWas() throws {
        try host.publishFull("a.img", seed: 1, size: 8 << 20)
        let early = try host.slowServer(after: 5 << 20)
        let first = try host.startSync(early.address)
        try #require(first.waits(until: { (try? host.facts(".glare/partial/a.img.data").size) ?? 0 >= 4 << 20 }))
        first.signal(SIGTERM)
        first.wait()
        let session = try sync([.look(after: "fetching")])
        let line = try #require(bars(session.screens[0]).first)
        let percent = try #require(line.firstMatch(of: /([0-9]+) %/)?.1)
        #expect(try #require(Int(percent)) >= 50, "\(line)")
        #expect(!line.contains("MiB/s") || line.contains(/\s[0-4]\.[0-9] MiB\/s/), "\(line)")
    }
}

@Suite("Colours of other output", .enabled(if: Machine.has("python3")))
struct ColourTests {
    private let publisher: PublisherFixture
    init() throws {
        publisher = try PublisherFixture()
        try publisher.publish(seed: 1, "red \u{1B}[31m \u{7} \u{9B}2J \u{202E}")
    }

    @Test(arguments: [([:], true), (["NO_COLOR": "1"], false), (["NO_COLOR": ""], true), (["TERM": "dumb"], false)])
    func headingsAndErrorsAreMarkedWhereWanted(_ environment: [String: String], isColoured: Bool) throws {
        let list = try Terminal.run(["list", "-d", publisher.repository], environment: environment)
        #expect(list.written.hasPrefix("\u{1B}[1mNAME") == isColoured)
        #expect(list.written.contains("\u{1B}") == isColoured)
        let failed = try Terminal.run(["list", "-d", "/dev/null/x"], environment: environment)
        #expect(failed.written.hasPrefix("\u{1B}[1;31mglare:\u{1B}[0m ") == isColoured)
        #expect(failed.last[0].hasPrefix("glare: /dev/null/x"))
    }

    @Test func aPipeHasNone() throws {
        for arguments in [
            ["list", "-d", publisher.repository], ["config"], ["log", "disk", "-d", publisher.repository],
        ] {
            let result = try publisher.glare(arguments, environment: ["TERM": "xterm"])
            #expect(result.status == 0 && !result.stdout.isEmpty && !result.stdout.contains("\u{1B}"), "\(arguments)")
        }
    }

    @Test func aMessageCanNotActOnATerminal() throws {
        let session = try Terminal.run(
            ["log", "disk", "-d", publisher.repository], environment: ["NO_COLOR": "1"])
        #expect(session.last.contains("    red \\u{1b}[31m \\u{7} \\u{9b}2J \\u{202e}"), "\(session.last)")
        #expect(!session.written.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{9B}" || $0 == "\u{202E}" })
    }
}
