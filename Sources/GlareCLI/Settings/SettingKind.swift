import ArgumentParser
import GlareModel
import GlareServer
import GlareSync

/// What a setting's value is: how it is written, read, shown and completed.
struct SettingKind<Value: Sendable>: Sendable {
    /// What is expected, for the message when it is something else.
    let expected: String
    let placeholder: String
    var completion: CompletionKind?
    var isRepeatable = false
    var shown: @Sendable (String) -> String = { $0 }
    let parse: @Sendable (String) -> Value?
}

extension SettingKind<String> {
    static let text = SettingKind(expected: "a text that is not empty", placeholder: "text", parse: nonEmpty)
    static let command = SettingKind(expected: "a shell command", placeholder: "command", parse: nonEmpty)
    static let address = SettingKind(expected: "a host name or an IP address", placeholder: "address", parse: nonEmpty)
    static let file = SettingKind(expected: "a path", placeholder: "file", completion: .file(), parse: nonEmpty)
    static let directory = SettingKind(expected: "a path", placeholder: "dir", completion: .directory, parse: nonEmpty)

    @Sendable private static func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
}

extension SettingKind<[String]> {
    /// Addresses with blanks between them; a password in one is not shown.
    static let servers = SettingKind(
        expected:
            "one address or more: http://HOST/PATH, https://HOST/PATH or file:///PATH, with / ? # @ in a password as %2F %3F %23 %40",
        placeholder: "url",
        completion: .list(["http://", "https://", "file:///"]), isRepeatable: true,
        shown: { text in addresses(text).map { redacted($0) }.joined(separator: " ") },
        parse: { text in
            let words = words(text)
            return words.isEmpty || !words.allSatisfy(ServerAddress.isServer) ? nil : words
        })

    /// Absolute paths with blanks between them, and patterns of paths that are left out.
    static let directories = SettingKind(
        expected: "absolute paths of directories, and !PATTERN for what is left out, without blanks in them",
        placeholder: "dir", completion: .directory,
        isRepeatable: true,
        parse: { text in
            let words = words(text)
            return words.isEmpty || !words.allSatisfy { $0.hasPrefix("/") || $0.hasPrefix("!") } ? nil : words
        })

    /// Shell patterns of image names and of properties, with blanks between.
    static let patterns = SettingKind(
        expected: "patterns such as debian-* or arch=x86_64", placeholder: "pattern", completion: .images,
        isRepeatable: true,
        parse: { text in
            let words = words(text)
            return words.isEmpty || !words.allSatisfy(ImageFilter.isWord) ? nil : words
        })

    /// Public keys or files of them, with blanks between. A name without a slash or a dot is taken for a key with a
    /// slip in it.
    static let keys = SettingKind(
        expected: "public keys of 56 characters, or files with one such as ./key.pub", placeholder: "key",
        completion: .file(), isRepeatable: true,
        parse: { text in
            let words = words(text)
            let isKeyOrPath = { (word: String) in word.contains { "/.".contains($0) } || PublicKey(line: word) != nil }
            return words.isEmpty || !words.allSatisfy(isKeyOrPath) ? nil : words
        })

    /// A header, or a file of them; what follows the name is nobody else's business.
    static let header = SettingKind(
        expected: "NAME: VALUE, or @FILE with one a line", placeholder: "header", isRepeatable: true,
        shown: { text in
            text.hasPrefix("@") ? text : (try? HTTPHeader(parsing: text)).map { "\($0.name): ***" } ?? "***"
        },
        parse: { text in
            let isFile = text.hasPrefix("@") && text.count > 1
            return isFile || (try? HTTPHeader(parsing: text)) != nil ? [text] : nil
        })

    /// The words, each with those behind it that begin no address of their own: a password that was mistyped.
    private static func addresses(_ text: String) -> [String] {
        words(text).reduce(into: []) { addresses, word in
            if word.contains("://") || addresses.isEmpty {
                addresses.append(word)
            } else {
                addresses[addresses.count - 1] += " " + word
            }
        }
    }

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}

extension SettingKind<ListenAddress> {
    static let listenAddress = SettingKind(
        expected: "HOST:PORT, [ADDRESS]:PORT or unix:/PATH", placeholder: "address", parse: ListenAddress.init)
}

extension SettingKind<[ListenAddress]> {
    /// With blanks between.
    static let listenAddresses = SettingKind(
        expected: "HOST:PORT, [ADDRESS]:PORT or unix:/PATH", placeholder: "address", isRepeatable: true,
        parse: { text in
            let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
            let addresses = words.compactMap(ListenAddress.init)
            return addresses.isEmpty || addresses.count < words.count ? nil : addresses
        })
}

extension SettingKind<AccessLogFormat> {
    static let accessLogFormat = SettingKind(
        expected: "combined, json or off", placeholder: "format",
        completion: .list(AccessLogFormat.allCases.map(\.rawValue)), parse: AccessLogFormat.init(rawValue:))
}

/// How the access log's lines are written.
enum AccessLogFormat: String, CaseIterable, Sendable {
    case combined
    case json
    case off
}

extension SettingKind<Int> {
    static func count(atLeast least: Int) -> Self {
        SettingKind(expected: "a whole number of at least \(least)", placeholder: "n") { text in
            number(text).flatMap { $0 >= least && $0 <= 1_000_000 ? $0 : nil }
        }
    }

    static let port = SettingKind(expected: "a number from 0 to 65535", placeholder: "port") { text in
        number(text).flatMap { (0...65535).contains($0) ? $0 : nil }
    }

    /// Digits alone: Swift would take a sign as well.
    private static func number(_ text: String) -> Int? {
        text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }
}

extension SettingKind<Int> {
    /// As zstd's command has them, without those that need a decoder with more memory.
    static let compressionLevel = SettingKind(expected: "a number from 1 to 19", placeholder: "level") { text in
        number(text).flatMap { (1...19).contains($0) ? $0 : nil }
    }
}

extension SettingKind<Bool> {
    static let flag = SettingKind(
        expected: "yes or no", placeholder: "yes|no", completion: .list(["yes", "no"]),
        parse: { ["yes": true, "no": false][$0] })
}

extension SettingKind<Verification> {
    static let verification = SettingKind(
        expected: "full or changed", placeholder: "what", completion: .list(Verification.allCases.map(\.rawValue)),
        parse: Verification.init(rawValue:))
}

extension SettingKind<Sharing> {
    static let sharing = SettingKind(
        expected: "auto, yes or no", placeholder: "auto|yes|no",
        completion: .list(Sharing.allCases.map(\.rawValue)), parse: Sharing.init(rawValue:))
}

extension SettingKind<Int?> {
    static let countOrAll = SettingKind(expected: "a whole number, or all", placeholder: "n") { text in
        text == "all" ? .some(nil) : SettingKind<Int>.count(atLeast: 0).parse(text).map { $0 }
    }
}

extension SettingKind<Int64?> {
    /// Seconds; nil for never.
    static let durationOrNever = SettingKind(expected: "a time such as 30d, or never", placeholder: "time") { text in
        if text == "never" { return .some(nil) }
        return SettingKind<Int64>.duration.parse(text).flatMap { $0 > 0 && $0 <= 36500 * 86400 ? .some($0) : nil }
    }
}

extension SettingKind<UInt32> {
    static let fileMode = SettingKind(expected: "an octal number from 0400 to 0777, such as 0444", placeholder: "mode")
    {
        text in
        UInt32(text, radix: 8).flatMap { (0o400...0o777).contains($0) ? $0 : nil }
    }
}

extension SettingKind<Int64> {
    /// Seconds: a number of them, or of what its last letter says.
    static let duration = SettingKind(
        expected: "a time such as 0, 90s, 15m, 24h or 30d", placeholder: "time"
    ) { number($0, units: ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800]) }

    /// Seconds, which are more than none and at most a day.
    static let time = SettingKind(expected: "a time of 1s to 24h, such as 90s", placeholder: "time") { text in
        duration.parse(text).flatMap { (1...86400).contains($0) ? $0 : nil }
    }

    /// Bytes per second, 0 for whatever comes.
    static let leastRate = SettingKind(
        expected: "bytes per second such as 500 or 10K, of at most 1G; 0 for no such limit", placeholder: "rate"
    ) { text in
        rate.parse(text).flatMap { $0 <= 1 << 30 ? $0 : nil }
    }

    /// Bytes per second, 0 for no limit: a number of them, or of what its last letter says, as curl and wget have it.
    static let rate = SettingKind(
        expected: "bytes per second such as 500K, 10M or 1G; 0 for no limit", placeholder: "rate"
    ) { number($0.uppercased(), units: ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]) }

    /// Bytes: a number of them, or of what its last letter says.
    static func size(atLeast least: Int64, _ example: String) -> Self {
        SettingKind(expected: "bytes such as \(example)", placeholder: "size") { text in
            number(text.uppercased(), units: ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]).flatMap {
                $0 >= least ? $0 : nil
            }
        }
    }

    private static func number(_ text: String, units: [Character: Int64]) -> Int64? {
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? Substring(text) : text.dropLast()
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int64(digits) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflow ? nil : product
    }
}
