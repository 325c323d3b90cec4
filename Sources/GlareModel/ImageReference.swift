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

    public var description: String {
        switch selector {
        case .current: image.text
        case .prefix(let digits): "\(image)@\(digits)"
        case .before(let count): "\(image)@-\(count)"
        }
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
            let found = Set(ids.filter { $0.text.hasPrefix(digits) })
            guard found.count <= 1 else { throw InvalidReference.ambiguous(description, count: found.count) }
            guard let id = found.first else { throw InvalidReference.noSuchVersion(description) }
            return id
        case .before(let count):
            guard let start = current.flatMap({ ids.firstIndex(of: $0) }), count < ids.count - start else {
                throw InvalidReference.noSuchVersion(description)
            }
            return ids[start + count]
        }
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
    case noSuchVersion(String)
    case ambiguous(String, count: Int)

    public var description: String {
        switch self {
        case .malformed(let text):
            "\(text.quotedForDisplay) names no version: expected NAME@ID, with the first digits of an id, or NAME@-1"
        case .noSuchVersion(let text): "\(text): there is no such version; `glare list NAME` tells which there are"
        case .ambiguous(let text, let count): "\(text): \(count) versions begin so; give more digits"
        }
    }
}
