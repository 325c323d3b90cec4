public import FoundationEssentials

/// `NAME.md`: a heading and a message for each publish, newest first.
///
/// ```
/// # [ID] - DATE
/// ## MESSAGE
///
/// ```
/// The file is people's as much as ours: what stands in it is kept byte for byte, and new entries go on
/// top.
public struct Changelog: Sendable, Equatable {
    public private(set) var bytes: [UInt8]

    /// 4 MiB: tens of thousands of versions. A larger one from a server is refused before it is read.
    public static let sizeLimit = 4 << 20

    public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    public struct Entry: Sendable, Equatable, Codable {
        public let id: VersionID
        /// As it stands in the file: ours are ISO 8601, the original's what `date` printed.
        public let date: String
        public let message: String

        public init(id: VersionID, date: Date, message: String) {
            self.init(id: id, date: date.ISO8601Format(), message: message)
        }

        init(id: VersionID, date: String, message: String) {
            self.id = id
            self.date = date
            self.message = message
        }

        /// The message's first line is a heading; more lines follow as a paragraph, in which a line that
        /// begins with `#` or a backslash gets a backslash, so that no message can look like an entry.
        var text: String {
            let lines = Array(TextLines(Array(message.utf8)))
            let body = lines.dropFirst().map { $0.first == "#" || $0.first == "\\" ? "\\" + $0 : $0 }
            let paragraph = body.isEmpty ? "" : "\n" + body.joined(separator: "\n") + "\n"
            return "# [\(id)] - \(date)\n## \(lines.first ?? "")\n\(paragraph)\n"
        }
    }

    public mutating func add(_ entry: Entry) { bytes = Array(entry.text.utf8) + bytes }

    /// Whether this entry is the newest.
    public func begins(with entry: Entry) -> Bool { bytes.starts(with: entry.text.utf8) }

    /// Newest first. Lines that belong to no entry are passed over.
    public var entries: [Entry] {
        var entries: [Entry] = []
        var heading: (id: VersionID, date: String)?
        var lines: [String] = []
        func finish() {
            guard let heading else { return }
            entries.append(Entry(id: heading.id, date: heading.date, message: Self.message(of: lines)))
        }
        for line in TextLines(bytes) {
            if let next = Self.heading(line) {
                finish()
                (heading, lines) = (next, [])
            } else if heading != nil {
                lines.append(line)
            }
        }
        finish()
        return entries
    }

    /// Undoes ``Entry/text``, and takes what people or the original wrote as it stands.
    private static func message(of lines: [String]) -> String {
        var body = lines[...]
        while body.last?.isEmpty == true { body.removeLast() }
        var message: [String] = []
        if let title = body.first, title.hasPrefix("## ") {
            message.append(String(title.dropFirst(3)))
            body.removeFirst()
            if body.first?.isEmpty == true { body.removeFirst() }
        }
        message += body.map { $0.hasPrefix("\\#") || $0.hasPrefix("\\\\") ? String($0.dropFirst()) : $0 }
        return message.joined(separator: "\n")
    }

    /// The id under which the newest entry stands: what is current, as a repository without a catalogue
    /// tells it.
    public var newestID: VersionID? { TextLines(bytes).lazy.compactMap(Self.heading).first?.id }

    /// Ids under which entries stand, newest first.
    public var ids: [VersionID] { TextLines(bytes).lazy.compactMap(Self.heading).map(\.id) }

    private static func heading(_ line: String) -> (id: VersionID, date: String)? {
        guard line.hasPrefix("# ["), let end = line.firstIndex(of: "]"),
            let id = VersionID(line[line.index(line.startIndex, offsetBy: 3)..<end])
        else { return nil }
        let rest = line[line.index(after: end)...]
        return (id, String(rest.hasPrefix(" - ") ? rest.dropFirst(3) : rest))
    }
}

/// Lines as any system ends them: LF, CR LF or CR. One at a time: a server may send millions.
private struct TextLines: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>?

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func next() -> String? {
        guard let bytes = rest else { return nil }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        let end = bytes[line.endIndex...]
        rest = end.isEmpty ? nil : end.dropFirst(end.starts(with: [0x0D, 0x0A]) ? 2 : 1)
        return String(decoding: line, as: UTF8.self)
    }
}
