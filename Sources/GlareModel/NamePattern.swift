/// A shell's pattern for image names: `*` any characters, `?` one, all others themselves.
public struct NamePattern: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }

    /// Linear in practice: after a mismatch only the last `*` is widened, for a wider earlier one can't
    /// match more.
    public func matches(_ name: String) -> Bool {
        let pattern = Array(text.utf8)
        let name = Array(name.utf8)
        let (any, one) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
        var (p, n) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == any {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == one || pattern[p] == name[n] {
                (p, n) = (p + 1, n + 1)
            } else if let widened = star {
                star = (widened.pattern, widened.name + 1)
                (p, n) = (widened.pattern + 1, widened.name + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == any }
    }
}
