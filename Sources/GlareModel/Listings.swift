/// The plain lists beside the catalogue, for hosts and tools that read no JSON.
public enum Listings {
    /// 4 MiB: of `images.txt`. A larger one is refused before it is read.
    public static let sizeLimit = 4 << 20
    /// Of lines that are no names; with more of them it is no list.
    private static let mostBad = 1000

    /// `images.txt`: a name a line.
    public static func imageList(_ names: [ImageName]) -> [UInt8] {
        Array(names.map { "\($0)\n" }.joined().utf8)
    }

    /// `SHA256SUMS` as `sha256sum -c` and systemd's importd read it.
    public static func checksums(_ files: [(name: String, digest: SHA256Digest)]) -> [UInt8] {
        Array(files.map { "\($0.digest)  \($0.name)\n" }.joined().utf8)
    }

    /// Reads an `images.txt` from a server: the good names, each once, and what was wrong with the others.
    ///
    /// - Throws: ``InvalidDocument`` where it is not a list at all, such as an error page.
    public static func parseImageList(_ bytes: [UInt8], subject: String) throws -> (
        names: [ImageName], bad: [InvalidName]
    ) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw InvalidDocument(subject, "expected a list of image names, found bytes that are no text")
        }
        if isWebPage(bytes) { throw InvalidDocument(subject, "expected a list of image names, found a web page") }
        var names: [ImageName] = []
        var bad: [InvalidName] = []
        var seen = Set<ImageName>()
        var rest = text.utf8[...]
        while !rest.isEmpty {
            // One line feed ends a line; what else a line holds, a carriage return too, is part of the name.
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[line.endIndex...].dropFirst()
            guard !line.isEmpty else { continue }
            do {
                let name = try ImageName(String(Substring(line)))
                if seen.insert(name).inserted { names.append(name) }
            } catch let error as InvalidName {
                bad.append(error)
                guard bad.count <= mostBad else {
                    throw InvalidDocument(subject, "expected a list of image names, found over \(mostBad) other lines")
                }
            }
        }
        return (names, bad)
    }

    /// Whether a server has sent a page for people in the place of a plain text.
    public static func isWebPage(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        if rest.starts(with: "\u{FEFF}".utf8) { rest = rest.dropFirst(3) }
        return rest.first { ![0x09, 0x0A, 0x0D, 0x20].contains($0) } == UInt8(ascii: "<")
    }
}
