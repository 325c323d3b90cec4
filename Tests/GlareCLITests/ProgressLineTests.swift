import GlareTransfer
import Testing

@testable import GlareCLI

@Suite("Lines of what is under way")
struct ProgressLineTests {
    private let plain = Style(isColoured: false, isUnicode: false)

    private func line(
        _ subject: String = "debian-12", done: Int64 = 1 << 30, total: Int64? = 4 << 30, rate: Double? = 100_000_000
    ) -> ProgressLine {
        ProgressLine(kind: .fetching, subject: subject, done: done, total: total, rate: rate, elapsed: 65)
    }

    private func text(_ line: ProgressLine, width: Int) -> String {
        ProgressLine.aligned([line], width: width, style: plain)[0]
    }

    @Test func noneIsWiderThanTheWindow() {
        let lines = [
            line(), line(String(repeating: "long", count: 30)), line(total: nil), line(rate: nil), line("a\u{1B}[2Jb"),
            line(done: .max, total: .max), line(done: 0, total: 0),
        ]
        for width in 1...200 {
            for text in ProgressLine.aligned(lines, width: width, style: plain) {
                #expect(text.count <= width, "\(width): \(text)")
            }
        }
    }

    @Test func whatFitsIsThere() {
        #expect(
            text(line(), width: 110)
                == "debian-12  fetching  ########--------------------------   25 %  0:33 left    95.4 MiB/s     1.0 GiB of 4.0 GiB"
        )
        #expect(text(line(), width: 60) == "debian-12  fetching   25 %  0:33 left    95.4 MiB/s")
        #expect(text(line(), width: 30) == "debian-12  fetching   25 %")
        // In the usual window there is a bar, beside the longest name and the widest figures.
        let usual = line(
            "ubuntu-24.04-server-cloudimg-amd64.img", done: 1023 << 20, total: 1 << 50, rate: Double(1023 << 20))
        #expect(text(usual, width: 79).contains { "#-".contains($0) })
        // How far it is outlasts the end of the name.
        #expect(text(line(), width: 12) == "de...   25 %")
    }

    @Test func ofUnknownLengthItIsTheTime() {
        #expect(text(line(done: 0, total: nil, rate: nil), width: 80) == "debian-12  fetching  1:05")
    }

    @Test func columnsStandBeneathEachOther() {
        let lines = ProgressLine.aligned([line("a"), line("longer", done: 4 << 30)], width: 100, style: plain)
        let bars = lines.map { $0.prefix { $0 != "#" }.count }
        #expect(Set(bars).count == 1 && Set(lines.map(\.count)).count == 1, "\(lines)")
    }

    @Test func namesDoNotMoveTheCursor() {
        #expect(!text(line("a\u{1B}[2Jb\r\n"), width: 100).unicodeScalars.contains { $0.value < 32 })
    }
}

@Suite("How fast something goes")
struct RateMeterTests {
    private let start = ContinuousClock.now

    @Test func itIsTheLastSecondsRate() {
        var meter = RateMeter()
        #expect(meter.add(0, at: start) == nil)
        #expect(meter.add(1000, at: start + .seconds(1)) == 1000)
        // After a while of standing still, it is slow; then nothing.
        #expect(meter.add(1000, at: start + .seconds(2)) == 500)
        for second in 3...20 { _ = meter.add(1000, at: start + .seconds(second)) }
        #expect(meter.add(1000, at: start + .seconds(21)) == 0)
    }

    @Test func aNewBeginningForgets() {
        var meter = RateMeter()
        _ = meter.add(5000, at: start)
        #expect(meter.add(10, at: start + .seconds(1)) == nil)
        #expect(meter.add(110, at: start + .seconds(2)) == 100)
    }
}

@Suite("Colours and characters of a terminal")
struct StyleTests {
    @Test(
        arguments: [
            (["LANG": "C.UTF-8"], true), (["LANG": "en_US.utf8"], true), (["LANG": "C"], false), ([:], false),
            (["LANG": "C.UTF-8", "LC_ALL": "C"], false), (["LC_ALL": "", "LC_CTYPE": "de_DE.UTF-8"], true),
        ])
    func localesDecideOnCharacters(_ environment: [String: String], isUnicode: Bool) {
        #expect(Style.hasUnicode(environment) == isUnicode)
    }

    @Test func nothingIsPaintedWhereNothingStands() {
        let coloured = Style(isColoured: true, isUnicode: true)
        #expect(coloured.good("") == "")
        #expect(coloured.good("x") == "\u{1B}[32mx\u{1B}[0m")
        #expect(Style(isColoured: false, isUnicode: true).bad("x") == "x")
    }
}

@Suite("Manual pages")
struct RoffTests {
    private func page(_ change: (inout Roff) -> Void) -> String {
        var page = Roff(title: "x", section: 1, date: "2026-01-01", version: "1")
        let head = page.text
        change(&page)
        return String(page.text.dropFirst(head.count))
    }

    @Test func whatRoffWouldReadIsGuarded() {
        #expect(page { $0.paragraph(".TH evil") } == ".PP\n\\&.TH evil\n")
        #expect(page { $0.paragraph("a\\fB 'b' ~ ^ -x") } == ".PP\na\\efB \\(aqb\\(aq \\(ti \\(ha \\-x\n")
        #expect(page { $0.example(".a\nb", "c") }.contains("\\&.a\nb\n"))
    }

    @Test func namesAndPlaceholdersAreSetApart() {
        #expect(page { $0.paragraph("`--dir` <dir>, or 3 < 4") } == ".PP\n\\fB\\-\\-dir\\fR \\fIdir\\fR, or 3 < 4\n")
    }
}
