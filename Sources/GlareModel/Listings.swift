/// The plain lists beside the catalogue, for hosts and tools that read no JSON.
public enum Listings {
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
        if text.drop(while: { $0.isWhitespace || $0 == "\u{FEFF}" }).hasPrefix("<") {
            throw InvalidDocument(subject, "expected a list of image names, found a web page")
        }
        var names: [ImageName] = []
        var bad: [InvalidName] = []
        var seen = Set<ImageName>()
        // One line feed ends a line; what else a line holds, a carriage return too, is part of the name.
        for line in text.unicodeScalars.split(separator: "\n") {
            do {
                let name = try ImageName(String(line))
                if seen.insert(name).inserted { names.append(name) }
            } catch let error as InvalidName {
                bad.append(error)
            }
        }
        return (names, bad)
    }
}
