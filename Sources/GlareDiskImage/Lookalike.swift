/// What people give by mistake for a disk image, and what to do then.
struct Lookalike: Sendable {
    /// As it reads after "found".
    let name: String
    /// As it reads after a semicolon.
    let advice: String

    /// What to do about a file that was taken for `name`, or for nothing known.
    static func advice(for name: String?) -> String {
        everyOne.first { $0.name == name }?.advice ?? "check that this is the file that you mean"
    }

    /// Answers nil where the file is like nothing known.
    static func find(_ source: HeaderSource) throws -> Lookalike? {
        if let row = signatures.first(where: { source.head.has($0.signature, at: $0.offset) }) { return row.meaning }
        if try isZero(source) { return zeros }
        return text(source.head)
    }

    // MARK: By signature

    private static let signatures: [(offset: Int, signature: Signature, meaning: Lookalike)] = [
        (0, [0x1f, 0x8b, 0x08], compressed("gzip data")),
        (0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], compressed("xz data")),
        (0, [0x28, 0xb5, 0x2f, 0xfd], compressed("zstd data")),
        (0, "BZh", compressed("bzip2 data")),
        (0, [0x04, 0x22, 0x4d, 0x18], compressed("LZ4 data")),
        (0, [0x50, 0x4b, 0x03, 0x04], archive("a zip archive")),
        (0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], archive("a 7-Zip archive")),
        (257, "ustar", archive("a tar archive")),
        (0, [0x7f, 0x45, 0x4c, 0x46], Lookalike(name: "an ELF program", advice: "give the disk it is meant for")),
        (0, [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 1], unsupported("a qcow version 1 image")),
        (0, [0x51, 0x45, 0x44, 0x00], unsupported("a QED image")),
        (0, "COWD", unsupported("an ESX sparse extent")),
        (0, "WithoutFreeSpace", unsupported("a Parallels image")),
        (0, "WithouFreSpacExt", unsupported("a Parallels image")),
        (0, "#!", script),
    ]

    private static func compressed(_ name: String) -> Lookalike {
        Lookalike(name: name, advice: "decompress it first")
    }

    private static func archive(_ name: String) -> Lookalike {
        Lookalike(name: name, advice: "unpack it and give the disk image in it")
    }

    private static func unsupported(_ name: String) -> Lookalike {
        Lookalike(name: name, advice: "convert it with 'qemu-img convert -O qcow2 OLD NEW'")
    }

    // MARK: By content

    private static let script = Lookalike(name: "a script", advice: "give the disk image that it makes or uses")
    private static let plainText = Lookalike(name: "text", advice: "check that this is the file that you mean")
    private static let html = Lookalike(
        name: "an HTML page", advice: "it is probably a web server's error message: open it, and download again")
    private static let zeros = Lookalike(
        name: "only zeros in the first MiB", advice: "an empty disk needs a partition table or a filesystem")

    private static let everyOne = signatures.map(\.meaning) + [script, plainText, html, zeros]

    private static func isZero(_ source: HeaderSource) throws -> Bool {
        // The head first: it nearly always settles the question, without a large read.
        guard source.head.isZero else { return false }
        return try source.window(at: 0, count: 1 << 20).isZero
    }

    private static func text(_ head: HeaderBytes) -> Lookalike? {
        let sample = head.bytes.prefix(512)
        guard sample.allSatisfy(isOfText) else { return nil }
        let beginning = String(decoding: sample.drop { $0 <= 0x20 }, as: UTF8.self).lowercased()
        return beginning.hasPrefix("<!doctype html") || beginning.hasPrefix("<html") ? html : plainText
    }

    private static func isOfText(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x09, 0x0a, 0x0c, 0x0d: true
        case 0x7f: false
        default: byte >= 0x20
        }
    }
}
