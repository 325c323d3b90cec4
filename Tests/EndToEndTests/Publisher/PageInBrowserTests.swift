import Foundation
import GlareTestSupport
import Testing

/// `index.html` in a real browser, from real servers.
@Suite(.enabled(if: Browser.isHere && SyncServer.areHere)) struct PageInBrowserTests {
    private static let message = "<script>window.wasRun = 1</script> \"quoted\"\nand a second line"
    /// Where its pictures are kept, for people to look at.
    private static let pictures = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent(".build/page-pictures").path

    private let fixture: PublisherFixture

    /// Three images: `alpha` is old and large, `beta` has an update, `gamma` a name and a message that bite.
    init() throws {
        fixture = try PublisherFixture()
        chmod(fixture.scratch.url.path, 0o755)
        let large = try fixture.image("alpha", seed: 1, size: 1 << 20)
        try #require(fixture.add(large, "Kernel and more").status == 0)
        try fixture.publish("beta", seed: 2, "first")
        try fixture.publish("beta", seed: 3, "second")
        try fixture.publish("gamma+3", seed: 4, Self.message)
    }

    private static let order = "[...document.querySelectorAll('details:not([hidden])')].map(d => d.id).join(' ')"

    /// The page completes an image when the browser tells it that it was opened, a moment later.
    private static let completedCommand = """
        new Promise((done) => {
          const look = () => document.querySelector('[open] .server').textContent === 'URL'
            ? setTimeout(look, 20) : done(document.querySelector('[open] pre').innerText);
          look();
        })
        """

    @Test("nothing is wrong with it, and its commands have the server's address", arguments: SyncServer.allCases)
    func loads(by kind: SyncServer) throws {
        let server = try kind.serve(fixture.repository)
        let visit = try Browser.visit(
            // Nothing is called so, nor could be.
            server.address + "/?q=1#%",
            [
                .evaluate(Self.order), .evaluate("document.querySelector('header pre').textContent"),
                .click("[id='gamma+3'] summary"),
                .evaluate(Self.completedCommand),
                .evaluate("document.querySelector('[open] .versions .message').innerText"),
                .evaluate("document.querySelector('summary time').textContent"), .evaluate("String(window.wasRun)"),
            ])
        #expect(visit.complaints == [])
        #expect(
            visit.values.prefix(5) == [
                "alpha beta gamma+3", "glare sync -s \(server.address)/ -t cache",
                "glare sync -s \(server.address)/ -t cache --only gamma+3", Self.message[...].description,
                visit.values[4],
            ])
        #expect(visit.values[4].hasSuffix(" ago") || visit.values[4] == "now")
        #expect(visit.values[5] == "undefined")
    }

    @Test func searchesNamesMessagesAndDigests() throws {
        let digest = try fixture.record(of: "alpha").versions[0].sha256
        let status = "document.querySelector('[role=status]').textContent"
        let clear = Browser.Step.evaluate("document.getElementById('_search').select()")
        let server = try GlareServer(serving: fixture.repository)
        let visit = try Browser.visit(
            server.address,
            [
                .click("#_search"), .type("BETA"), .evaluate(Self.order), .evaluate(status),
                clear, .type("kernel  more"), .evaluate(Self.order),
                clear, .type(String(digest.prefix(20))), .evaluate(Self.order),
                clear, .type("nothing has this"), .evaluate(Self.order), .evaluate(status),
                clear, .type(" "), .evaluate(Self.order), .evaluate(status),
            ])
        #expect(visit.complaints == [])
        #expect(
            visit.values.filter { $0 != "null" && $0 != "" } == [
                "beta", "1 of 3 images", "alpha", "alpha", "0 of 3 images", "alpha beta gamma+3", "3 images",
            ])
    }

    @Test func sortsByEachColumnBothWays() throws {
        let server = try GlareServer(serving: fixture.repository)
        let pressed = "document.querySelector('[aria-pressed=true]').textContent"
        let click = { (key: String) in [Browser.Step.click("button[data-key=\(key)]"), .evaluate(Self.order)] }
        let visit = try Browser.visit(
            server.address,
            click("virtual") + [.evaluate(pressed)] + click("virtual") + click("update") + click("name")
                + click("name") + click("time") + click("disk") + click("format"))
        #expect(visit.complaints == [])
        #expect(visit.values[0].hasPrefix("alpha ") && visit.values[1] == "Virtual")
        #expect(visit.values[2].hasSuffix(" alpha"))
        #expect(visit.values[3].hasPrefix("beta "), "it alone has an update")
        #expect(visit.values[4] == "alpha beta gamma+3" && visit.values[5] == "gamma+3 beta alpha")
        // Its fixture makes versions older with each publish.
        #expect(visit.values[6] == "gamma+3 beta alpha")
        #expect(visit.values.count == 9)
    }

    @Test func isThereWithoutScripts() throws {
        let server = try GlareServer(serving: fixture.repository)
        let visit = try Browser.visit(
            server.address, runsScripts: false, [.click("#beta summary"), .look(width: 1100, isDark: false), .names])
        #expect(visit.complaints == [])
        let names = visit.values[0].components(separatedBy: "\n")
        #expect(names.contains("heading: beta") && names.contains("link: the file itself"))
        #expect(names.contains { $0.hasPrefix("image: Versions, the oldest first: ") })
        #expect(!names.contains { $0.hasPrefix("searchbox") || $0.hasPrefix("button") })
    }

    @Test func everyControlHasANameAndHeadingsFollowOneAnother() throws {
        let server = try GlareServer(serving: fixture.repository)
        let levels = "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => h.tagName[1]).join('')"
        let visit = try Browser.visit(server.address, [.click("#beta summary"), .names, .evaluate(levels)])
        let names = visit.values[0].components(separatedBy: "\n")
        for expected in [
            "searchbox: Search images", "button: Sort by virtual", "button: Copy the command for all images",
            "button: Copy the command for beta", "link: the file itself", "heading: Versions and changelog",
        ] { #expect(names.contains(expected), "\(expected) of \(names)") }
        #expect(names.filter { $0.hasPrefix("button: Copy the SHA-256 of ") }.count == 2)
        #expect(!names.contains { $0.hasSuffix(": ") }, "\(names)")
        let digits = visit.values[1].compactMap(\.wholeNumberValue)
        #expect(digits.first == 1 && digits.filter { $0 == 1 }.count == 1)
        #expect(zip(digits, digits.dropFirst()).allSatisfy { $1 <= $0 + 1 })
    }

    @Test func worksByKeyboardAndByAddress() throws {
        let server = try GlareServer(serving: fixture.repository)
        let focus = Browser.Step.evaluate("document.activeElement.closest('details')?.id ?? ''")
        let open = Browser.Step.evaluate("[...document.querySelectorAll('[open]')].map(d => d.id).join(' ')")
        let tabs = Array(repeating: Browser.Step.press("Tab"), count: 7)
        let visit = try Browser.visit(
            server.address + "/#gamma+3",
            [open, .click("#_search")] + tabs + [focus, .press("Enter"), open, .press("Tab"), focus])
        #expect(visit.complaints == [])
        #expect(visit.values == ["gamma+3", "alpha", "alpha gamma+3", "alpha"])
    }

    @Test func fitsAPhoneAndTheNight() throws {
        try FileManager.default.createDirectory(atPath: Self.pictures, withIntermediateDirectories: true)
        let server = try GlareServer(serving: fixture.repository)
        let overflow = Browser.Step.evaluate("document.documentElement.scrollWidth - innerWidth")
        let steps = [1200, 390, 320].flatMap { width in
            [false, true].flatMap { isDark in
                [
                    Browser.Step.look(width: width, isDark: isDark), overflow,
                    .picture("\(Self.pictures)/\(width)-\(isDark ? "dark" : "light").png"),
                ]
            }
        }
        let visit = try Browser.visit(server.address, [.click("#beta summary")] + steps)
        #expect(visit.complaints == [])
        #expect(visit.values.count == 6 && visit.values.allSatisfy { (Int($0) ?? 1) <= 0 }, "\(visit.values)")
        for name in ["1200-light", "390-dark"] {
            let size = try FileManager.default.attributesOfItem(atPath: "\(Self.pictures)/\(name).png")[.size] as? Int
            #expect(size ?? 0 > 10_000)
        }
    }

    /// Under a server that sends no policy: the page has its own.
    @Test func refusesAScriptThatIsNotItsOwn() throws {
        let page = try fixture.text("index.html")
        let path = fixture.path("index.html")
        try page.replacingOccurrences(of: "</main>", with: "<script>window.wasRun = 1</script></main>")
            .write(toFile: path, atomically: false, encoding: .utf8)
        let server = try Nginx(serving: fixture.repository)
        let visit = try Browser.visit(server.address, [.evaluate("String(window.wasRun)"), .evaluate(Self.order)])
        #expect(visit.values == ["undefined", "alpha beta gamma+3"])
        #expect(visit.complaints.contains { $0.contains("Content Security Policy") }, "\(visit.complaints)")
    }
}
