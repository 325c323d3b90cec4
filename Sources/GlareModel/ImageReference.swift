/// An image, or one version of it, as people name it: `NAME`, `NAME@VERSION` (any unique prefix of the id)
/// or `NAME@-1` (the one before the current).
public struct ImageReference: Sendable, Equatable, CustomStringConvertible {
    public enum Selector: Sendable, Equatable {
        case current
        /// The first digits of an id.
        case prefix(String)
        /// So many versions before the current one, at least 1.
        case before(Int)
    }

    public let image: ImageName
    public let selector: Selector

    /// - Throws: ``InvalidName`` for an image's name that can't be one, ``InvalidReference`` for the rest.
    public init(_ text: String) throws {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        image = try ImageName(parts[0])
        guard parts.count == 2 else {
            selector = .current
            return
        }
        guard let selector = Selector(parts[1]) else { throw InvalidReference.malformed(text) }
        self.selector = selector
    }

    /// The image, by its current version.
    public init(_ image: ImageName) { (self.image, selector) = (image, .current) }

    /// One version, by all its digits.
    public init(_ version: VersionName) { (image, selector) = (version.image, .prefix(version.id.text)) }

    public var description: String {
        switch selector {
        case .current: image.text
        case .prefix(let digits): "\(image)@\(digits)"
        case .before(let count): "\(image)@-\(count)"
        }
    }

    /// The one of these that is the image.
    ///
    /// - Throws: ``InvalidReference/noSuchImage(_:near:)`` where it is none of them.
    public func image<Image>(among images: [Image], name: (Image) -> ImageName) throws -> Image {
        guard let found = images.first(where: { name($0) == image }) else {
            let near = Suggestion.nearest(to: image.text, among: images.map { name($0).text })
            throw InvalidReference.noSuchImage(image.text, near: near)
        }
        return found
    }

    /// The version that is meant.
    ///
    /// - Parameters:
    ///   - ids: All versions, newest first.
    ///   - current: The one that the name stands for.
    /// - Throws: ``InvalidReference`` where it is none, or more than one.
    public func resolve(among ids: [VersionID], current: VersionID?) throws -> VersionID {
        switch selector {
        case .current:
            guard let current else { throw InvalidReference.noSuchVersion(description) }
            return current
        case .prefix(let digits):
            var seen = Set<VersionID>()
            let found = ids.filter { $0.text.hasPrefix(digits) && seen.insert($0).inserted }
            guard found.count <= 1 else { throw InvalidReference.ambiguous(description, found) }
            guard let id = found.first else {
                throw InvalidReference.noSuchVersion(description, near: near(digits, among: ids))
            }
            return id
        case .before(let count):
            guard let start = current.flatMap({ ids.firstIndex(of: $0) }), count < ids.count - start else {
                throw InvalidReference.noSuchVersion(description)
            }
            return ids[start + count]
        }
    }

    /// What somebody who mistyped a digit may have meant.
    private func near(_ digits: String, among ids: [VersionID]) -> String? {
        let beginnings = ids.map { String($0.text.prefix(digits.utf8.count)) }
        return Suggestion.nearest(to: digits, among: beginnings).map { "\(image)@\($0)" }
    }
}

extension ImageReference.Selector {
    fileprivate init?(_ text: String) {
        let digits = text.dropFirst()
        if text.hasPrefix("-"), digits.allSatisfy(\.isASCII), digits.first?.isNumber == true, let count = Int(digits),
            (1...1_000_000).contains(count)
        {
            self = .before(count)
        } else if (1...VersionID.length).contains(text.utf8.count), text.utf8.allSatisfy(\.isLowercaseHexDigit) {
            self = .prefix(text)
        } else {
            return nil
        }
    }
}

/// A reference that names no version, or not one alone.
public enum InvalidReference: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    /// Near: what may have been meant.
    case noSuchImage(String, near: String?)
    case noSuchVersion(String, near: String? = nil)
    case ambiguous(String, [VersionID])

    public var description: String {
        switch self {
        case .malformed(let text):
            "\(text.quotedForDisplay) names no version: expected NAME@ID, with the first digits of an id, or NAME@-1"
        case .noSuchImage(let name, let near):
            "no image is called \(name); \(Self.question(near))`glare list` tells which there are"
        case .noSuchVersion(let text, let near):
            "\(text): there is no such version; \(Self.question(near))`glare list \(text.prefix { $0 != "@" })` tells which there are"
        case .ambiguous(let text, let ids):
            "\(text): \(ids.count) versions begin so: \(Self.list(ids)); give more digits"
        }
    }

    private static func question(_ near: String?) -> String { near.map { "did you mean \($0)? " } ?? "" }

    private static func list(_ ids: [VersionID]) -> String {
        ids.prefix(8).map { String($0.text.prefix(12)) }.joined(separator: ", ") + (ids.count > 8 ? ", …" : "")
    }
}
