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
/// may be replaced, whatever else was lost; one that somebody changed is theirs.
public enum PageSeal {
    /// In bytes; every seal has it.
    public static let length = seal(SHA256Digest(of: [])).count

    /// - Parameter digest: Of everything before.
    public static func seal(_ digest: SHA256Digest) -> [UInt8] {
        Array("<!-- glare: SHA-256 of all before this line: \(digest) -->\n".utf8)
    }
}
