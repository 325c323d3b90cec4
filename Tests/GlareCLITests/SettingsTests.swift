import Testing

@testable import GlareCLI

@Suite("Settings: what each takes")
struct SettingsTests {
    @Test(
        "times",
        arguments: [
            ("0", 0), ("90", 90), ("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86_400), ("30d", 2_592_000),
            ("2w", 1_209_600),
            ("007", 7), ("9223372036854775807", .max), ("9223372036854775807s", .max),
        ] as [(String, Int64)])
    func seconds(text: String, expected: Int64) {
        #expect(SettingKind.duration.parse(text) == expected)
    }

    @Test(
        "what is no time",
        arguments: [
            "", "s", "d", "-1", "-1d", "1.5h", "1e3", "24 h", " 24h", "24h ", "24H", "1y", "1hour", "h24", "0x10", "٣",
            "1d2h",
            "9223372036854775808", "9223372036854775807m", "106751991167301d",
        ])
    func noTime(text: String) {
        #expect(SettingKind.duration.parse(text) == nil)
    }

    @Test("a stall takes a second at least, and has a speed that is not beyond all servers")
    func stalls() {
        #expect(Settings.stallTime.kind.parse("1") == 1 && Settings.stallTime.kind.parse("24h") == 86_400)
        #expect(["0", "25h", "-1", ""].allSatisfy { Settings.stallTime.kind.parse($0) == nil })
        #expect(Settings.stallSpeed.kind.parse("0") == 0 && Settings.stallSpeed.kind.parse("1G") == 1 << 30)
        #expect(["2G", "1T", "-1", ""].allSatisfy { Settings.stallSpeed.kind.parse($0) == nil })
    }

    @Test("counts have a least and a greatest", arguments: ["1", "5", "1000000", "005"])
    func limit(text: String) {
        #expect(Settings.limit.kind.parse(text) == Int(text))
    }

    @Test(
        "other counts",
        arguments: ["0", "-1", "abc", "", "1.0", "5 ", "1000001", "99999999999999999999", "five", "0x5"])
    func noLimit(text: String) {
        #expect(Settings.limit.kind.parse(text) == nil)
    }

    @Test("no retries are a number of retries, no jobs are none")
    func zero() {
        #expect(Settings.retries.kind.parse("0") == 0)
        #expect(Settings.jobs.kind.parse("0") == nil)
    }

    @Test(
        "permissions are octal, and the owner can read",
        arguments: [("0444", 0o444), ("444", 0o444), ("0400", 0o400), ("0777", 0o777), ("0640", 0o640)]
            as [(String, UInt32)])
    func mode(text: String, expected: UInt32) {
        #expect(Settings.fileMode.kind.parse(text) == expected)
    }

    @Test(
        "other permissions",
        arguments: ["", "0", "0377", "1000", "04755", "0888", "-444", "u=r", "0o444", "0x124", "444 "])
    func noMode(text: String) {
        #expect(Settings.fileMode.kind.parse(text) == nil)
    }

    @Test(
        "ports",
        arguments: [
            ("0", 0), ("80", 80), ("65535", 65_535), ("65536", nil), ("-1", nil), ("http", nil), ("", nil),
            ("80 ", nil),
        ] as [(String, Int?)])
    func port(text: String, expected: Int?) {
        #expect(Settings.port.kind.parse(text) == expected)
    }

    @Test("a path or an address that is empty is none")
    func empty() {
        #expect(Settings.directory.kind.parse("") == nil)
        #expect(Settings.server.kind.parse("") == nil)
        #expect(Settings.targetDirectory.kind.parse("/srv/images") == "/srv/images")
    }

    @Test("each default is a value that its setting takes")
    func defaults() throws {
        for setting in Settings.all {
            if let fallback = setting.fallback { #expect(setting.accepts(fallback), "\(setting.key)") }
        }
    }

    @Test("the original's settings keep their names and defaults")
    func original() {
        #expect(Settings.directory.key == "DIRECTORY" && Settings.directory.fallback == "/var/www/html/vm_images")
        #expect(Settings.limit.key == "LIMIT" && Settings.limit.fallback == "5")
        #expect(Settings.targetDirectory.key == "TARGET_DIR" && Settings.targetDirectory.fallback == nil)
        #expect(Settings.downloadDirectory.key == "DOWNLOAD_DIR")
        #expect(Settings.server.key == "SERVER" && Settings.server.fallback == nil)
        #expect(Set(Settings.keys).count == Settings.keys.count)
        #expect(Set(["DIRECTORY", "LIMIT", "TARGET_DIR", "DOWNLOAD_DIR", "SERVER"]).isSubset(of: Settings.keys))
    }
}
