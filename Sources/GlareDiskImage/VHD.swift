/// Virtual PC's and Azure's format. Source: Microsoft, "Virtual Hard Disk Image Format
/// Specification", "Hard Disk Footer Format". All big-endian.
enum VHD {
    private static let cookie: Signature = "conectix"
    private static let footerLength = 512

    static func recognise(_ source: HeaderSource) throws -> Recognition? {
        guard let footer = try footer(source) else { return nil }
        try footer.requireLength(footerLength)
        let version = try footer.bigEndian(12, as: UInt16.self)
        guard version == 1 else {
            throw MalformedHeader(expected: "VHD version 1", found: "version \(version)")
        }
        let size = try footer.bigEndian(48, as: UInt64.self)
        let kind = try kind(footer)
        if kind == .fixed { try requireRoom(for: size, before: footer) }
        return try Recognition("\(kind.rawValue) VHD", size: size)
    }

    /// Whether it has only what another file has not.
    static func isDifferencing(_ source: HeaderSource) throws -> Bool {
        guard let footer = try footer(source) else { return false }
        return try kind(footer) == .differencing
    }

    /// A fixed disk is raw data with the footer after it; the others begin with a copy of theirs.
    private static func footer(_ source: HeaderSource) throws -> HeaderBytes? {
        if source.head.has(cookie) { return source.head }
        let tail = try source.window(at: source.size - Int64(footerLength), count: footerLength)
        return tail.has(cookie) ? tail : nil
    }

    private enum Kind: String { case fixed, dynamic, differencing }

    private static func kind(_ footer: HeaderBytes) throws -> Kind {
        switch try footer.bigEndian(60, as: UInt32.self) {
        case 2: return .fixed
        case 3: return .dynamic
        case 4: return .differencing
        case let other:
            throw MalformedHeader(
                expected: "a VHD of type 2 (fixed), 3 (dynamic) or 4 (differencing)", found: "type \(other)")
        }
    }

    private static func requireRoom(for size: UInt64, before footer: HeaderBytes) throws {
        guard size > UInt64(footer.start) else { return }
        throw MalformedHeader(
            expected: "\(size) bytes of disk before the footer", found: "\(footer.start)",
            advice: "copy the file again")
    }
}
