import GlareModel
import GlareSystem

/// What tells one content of a resource from another (RFC 9110, 8.8.3).
struct EntityTag: Hashable, Sendable {
    /// With its quotes.
    let opaque: String
    let isWeak: Bool

    init(opaque: String, isWeak: Bool = false) {
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// Of a version's file: one string under all of its names. Size and time are part of it for
    /// versions of the original, whose files can be torn: a repaired one must not match.
    init(version id: String, status: FileStatus) {
        self.init(of: status, nameCount: id.utf8.count) { $0.write(id) }
    }

    /// Of any other file. Files are replaced by renaming, so the inode tells apart two that were
    /// written within one tick of the filesystem's clock.
    init(file status: FileStatus) {
        self.init(of: status, nameCount: Self.digits) { $0.write(hexadecimal: status.stamp.inode) }
    }

    /// At most, of one number.
    private static let digits = 16

    private init(of status: FileStatus, nameCount: Int, writeName: (inout TextWriter) -> Void) {
        // Wraps for times that no filesystem's clock gives; a tag need only differ.
        let nanoseconds = status.modified.seconds &* 1_000_000_000 &+ status.modified.nanoseconds
        let opaque = String(capacity: nameCount + 2 * Self.digits + 4) { writer in
            writer.write("\"")
            writeName(&writer)
            writer.write("-")
            writer.write(hexadecimal: UInt64(bitPattern: status.size))
            writer.write("-")
            writer.write(hexadecimal: UInt64(bitPattern: nanoseconds))
            writer.write("\"")
        }
        self.init(opaque: opaque)
    }

    /// As it stands in a field.
    var text: String { isWeak ? "W/" + opaque : opaque }

    /// Strong comparison (RFC 9110, 8.8.3.2): no weak tag equals any.
    func stronglyMatches(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

    /// Weak comparison (RFC 9110, 8.8.3.2).
    func weaklyMatches(_ other: EntityTag) -> Bool { opaque == other.opaque }
}

/// The value of If-Match and If-None-Match: `*`, or a list of tags (RFC 9110, 13.1.1 and 13.1.2).
enum EntityTagList: Equatable, Sendable {
    case any
    case tags([EntityTag])

    /// Nil where the value does not follow the grammar. Empty list elements are allowed (RFC 9110, 5.6.1.2).
    init?(_ value: String) {
        var rest = value.utf8[...]
        rest.skipWhitespace()
        if rest.elementsEqual("*".utf8) {
            self = .any
            return
        }
        var tags: [EntityTag] = []
        while true {
            while rest.first == UInt8(ascii: ",") {
                rest.removeFirst()
                rest.skipWhitespace()
            }
            if rest.isEmpty { break }
            guard let tag = EntityTag(consumingFrom: &rest) else { return nil }
            tags.append(tag)
            rest.skipWhitespace()
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
        }
        if tags.isEmpty { return nil }
        self = .tags(tags)
    }
}

extension EntityTag {
    /// Nil unless the value is one tag and nothing else.
    init?(_ value: String) {
        var rest = value.utf8[...]
        self.init(consumingFrom: &rest)
        if !rest.isEmpty { return nil }
    }

    /// entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE; `W` is case-sensitive, and a tag may hold commas.
    fileprivate init?(consumingFrom rest: inout Substring.UTF8View) {
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest.removeFirst(2) }
        guard rest.first == UInt8(ascii: "\""),
            let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\"")),
            rest[..<end].dropFirst().allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return nil }
        let afterTag = rest.index(after: end)
        self.init(opaque: String(Substring(rest[..<afterTag])), isWeak: isWeak)
        rest = rest[afterTag...]
    }
}

extension Substring.UTF8View {
    /// OWS (RFC 9110, 5.6.3).
    mutating func skipWhitespace() {
        while first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") { removeFirst() }
    }
}
