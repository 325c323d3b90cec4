/// Which images somebody wants: shell patterns of their names, and of properties, as in `arch=x86*`.
///
/// Of several names one must match, and of each property that is named one of its patterns.
public struct ImageFilter: Hashable, Sendable {
    private let names: [NamePattern]
    private let properties: [String: [NamePattern]]

    /// - Parameter words: Those that ``isWord(_:)`` takes; none: every image is wanted.
    public init(_ words: [String] = []) {
        names = words.filter { !$0.contains("=") }.map(NamePattern.init)
        properties = Dictionary(grouping: words.compactMap(Self.property)) { $0.name }.mapValues {
            $0.map(\.pattern)
        }
    }

    /// Whether a word is the pattern of a name, or `NAME=PATTERN`.
    public static func isWord(_ word: String) -> Bool { !word.contains("=") || property(word) != nil }

    private static func property(_ word: String) -> (name: String, pattern: NamePattern)? {
        guard let assignment = try? PropertyAssignment(word), let value = assignment.value else { return nil }
        return (assignment.name, NamePattern(value))
    }

    /// Whether an image of that name may be wanted, whatever its properties are.
    public func mayMatch(_ name: ImageName) -> Bool { names.isEmpty || names.contains { $0.matches(name.text) } }

    /// - Parameter values: The properties of its current version; nil where none are known.
    public func matches(_ name: ImageName, _ values: ImageProperties?) -> Bool {
        mayMatch(name)
            && properties.allSatisfy { property, patterns in
                values?[property].map { value in patterns.contains { $0.matches(value) } } ?? false
            }
    }

    /// Its words that match no image.
    public func unmatched(among images: [(name: ImageName, properties: ImageProperties?)]) -> [String] {
        let unknown = names.filter { pattern in !images.contains { pattern.matches($0.name.text) } }
        let unheard = properties.sorted { $0.key < $1.key }.flatMap { property, patterns in
            patterns.filter { pattern in
                !images.contains { $0.properties?[property].map(pattern.matches) ?? false }
            }.map { "\(property)=\($0)" }
        }
        return unknown.map(\.text) + unheard
    }
}
