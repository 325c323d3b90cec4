import FoundationEssentials

/// What a browser may do with the page: apply its one style, run its one script, and nothing else.
///
/// Source: W3C, Content Security Policy Level 3; the digests are of what stands between the tags.
enum PageSecurity {
    static let policy = [
        "default-src 'none'", "style-src '\(sourceDigest(PageStyle.source))'",
        "script-src '\(sourceDigest(PageScript.source))'", "img-src data:", "base-uri 'none'", "form-action 'none'",
    ].joined(separator: "; ")

    private static func sourceDigest(_ source: StaticString) -> String {
        "sha256-" + Data(SHA256Digest(of: [UInt8](source)).bytes).base64EncodedString()
    }
}

/// The page's last line: the digest of all before it. By that a page is known to be Glare's as it wrote it, and
/// may be replaced, whatever else was lost. One that says that it is Glare's, and has not the digest, is damaged, and
/// may be replaced as well: whoever makes a page of their own of it takes out both.
public enum PageSeal {
    /// In bytes; every seal has it.
    public static let length = seal(SHA256Digest(of: [])).count

    private static let generator = #"<meta name="generator" content="Glare">"#

    /// Whether a page says that it is Glare's.
    ///
    /// - Parameters:
    ///   - head: Its first 4 KiB or so, of which the generator's line is part.
    ///   - end: Its last ``length`` bytes.
    public static func isOurs(head: [UInt8], end: [UInt8]) -> Bool {
        let start = "<!-- glare: SHA-256 of all before this line: "
        return String(decoding: head, as: UTF8.self).contains(generator) || end.starts(with: start.utf8)
    }

    /// - Parameter digest: Of everything before.
    public static func seal(_ digest: SHA256Digest) -> [UInt8] {
        Array("<!-- glare: SHA-256 of all before this line: \(digest) -->\n".utf8)
    }
}
