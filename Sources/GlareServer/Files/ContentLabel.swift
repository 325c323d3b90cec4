import GlareModel

/// How a file of a repository is labelled, by its path: Content-Type and Cache-Control.
enum ContentLabel {
    /// Of anything that the layout gives no type: images, manifests, deltas.
    static let bytes = "application/octet-stream"

    static let page = "text/html; charset=utf-8"
    static let text = "text/plain; charset=utf-8"

    /// What browsers are to keep a page from (https://www.w3.org/TR/CSP3/).
    ///
    /// The repository's page has its policy in itself, with the digest of the script that the version of Glare
    /// wrote that wrote the page, so that here only that is said which a page can't say. Nobody's scripts run in
    /// others.
    static func pagePolicy(of components: [String]) -> String {
        components == [RepositoryLayout.index]
            ? "frame-ancestors 'none'"
            : "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    /// The media type of a file that is not a version; versions are ``bytes`` whatever their name.
    static func contentType(of name: String) -> String {
        if name == RepositoryLayout.checksums { return text }
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return bytes }
        return switch Substring(name.utf8[dot...].dropFirst()) {
        case "html": page
        case "json": "application/json"
        case "md": "text/markdown; charset=utf-8"  // RFC 7763
        case "txt", "minisig": text
        case "zst": "application/zstd"  // RFC 8878, 7.1
        default: bytes
        }
    }

    /// What caches may assume (RFC 9111, 5.2.2, and RFC 8246): the files under these names never
    /// change, other bytes get another name. All else is asked for again each time, by its ETag: also
    /// `archive/SHA256SUMS`, which is rewritten with every publish.
    static func cacheControl(of components: [String], isVersion: Bool) -> String {
        guard components.count > 1 else { return revalidate }
        return switch components[0] {
        case RepositoryLayout.archive: isVersion ? immutable : revalidate
        case RepositoryLayout.catalogueDirectory, RepositoryLayout.transfer: immutable
        default: revalidate
        }
    }

    static let revalidate = "no-cache"
    /// A year, the longest that caches honour.
    static let immutable = "public, max-age=31536000, immutable"
    static let immutableForOne = "private, max-age=31536000, immutable"
}
