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

    public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    public struct Entry: Sendable, Equatable {
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

        /// The message's first line is a heading; more lines follow as a paragraph, in which a `#` at the
        /// start of a line gets a backslash, so that no message can look like an entry.
        var text: String {
            let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
            let body = lines.dropFirst().map { $0.hasPrefix("#") || $0.hasPrefix("\\#") ? "\\" + $0 : String($0) }
            let paragraph = body.isEmpty ? "" : "\n" + body.joined(separator: "\n") + "\n"
            return "# [\(id)] - \(date)\n## \(lines.first ?? "")\n\(paragraph)\n"
        }
    }

    public mutating func add(_ entry: Entry) { bytes = Array(entry.text.utf8) + bytes }

    /// Newest first. Lines that belong to no entry are passed over.
    public var entries: [Entry] {
        var entries: [Entry] = []
        var heading: (id: VersionID, date: String)?
        var message: [Substring] = []
        func finish() {
            guard let heading else { return }
            let text = message.map { $0.hasPrefix("\\#") || $0.hasPrefix("\\\\#") ? $0.dropFirst() : $0 }
            entries.append(
                Entry(id: heading.id, date: heading.date, message: text.trimmedOfEmptyLines.joined(separator: "\n")))
        }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            if let next = Self.heading(line) {
                finish()
                (heading, message) = (next, [])
            } else if line.hasPrefix("## ") && message.isEmpty {
                message.append(line.dropFirst(3))
            } else if heading != nil {
                message.append(line)
            }
        }
        finish()
        return entries
    }

    /// The id under which the newest entry stands: what is current, as a repository without a catalogue
    /// tells it.
    public var newestID: VersionID? { entries.first?.id }

    private static func heading(_ line: Substring) -> (id: VersionID, date: String)? {
        guard line.hasPrefix("# ["), let end = line.firstIndex(of: "]"),
            let id = VersionID(line[line.index(line.startIndex, offsetBy: 3)..<end])
        else { return nil }
        let rest = line[line.index(after: end)...]
        return (id, String(rest.hasPrefix(" - ") ? rest.dropFirst(3) : rest))
    }
}

extension Array where Element == Substring {
    fileprivate var trimmedOfEmptyLines: [Substring] {
        let start = firstIndex { !$0.isEmpty } ?? endIndex
        let end = lastIndex { !$0.isEmpty } ?? startIndex
        return start <= end && start < endIndex ? Array(self[start...end]) : []
    }
}
