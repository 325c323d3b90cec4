public import GlareModel

/// How a publisher signs the catalogue.
public struct Signing: Sendable {
    /// Nil where the key is not on this machine, or there is none.
    public var key: SecretKey?
    /// Seconds for which a signature holds; nil for ever.
    public var lifetime: Int64?

    public init(key: SecretKey? = nil, lifetime: Int64? = nil) {
        self.key = key
        self.lifetime = lifetime
    }
}

/// What hosts with a trusted key go by.
public struct SignedCatalogue: Sendable {
    public let statement: CatalogueStatement
    public let key: KeyID

    public init(statement: CatalogueStatement, key: KeyID) { (self.statement, self.key) = (statement, key) }
}

/// Why a catalogue was not signed. Nothing that hosts see was changed.
public enum SigningError: Error, CustomStringConvertible {
    case noKey(path: String)
    case openToOthers(path: String, mode: UInt32)
    case noCatalogue(path: String)
    case otherKey(path: String, number: Int, expected: KeyID, found: KeyID)
    case sameKey(KeyID)
    case unknownSigner(path: String)
    case notOurs(subject: String, reason: String)

    public var description: String {
        switch self {
        case .noKey(let path):
            "\(path): there is no key to sign with: set SIGN_KEY, or sign elsewhere with --print and --attach"
        case .openToOthers(let path, let mode):
            "\(path): others can read it (mode \(String(mode, radix: 8))), so it is no secret: `chmod 600`, or 640 with the repository's group where several publish"
        case .noCatalogue(let path): "\(path): there is no catalogue to sign: publish an image first"
        case .otherKey(let path, let number, let expected, let found):
            "\(path): the repository's key is its number \(number), \(expected), and SIGN_KEY is \(found): set SIGN_KEY to that one, with which `glare sign --new-key FILE` passes on to another"
        case .sameKey(let id): "\(id) is the key that signs now: expected a new one, which `glare keygen` makes"
        case .unknownSigner(let path):
            "\(path): nothing tells by which key it is to be signed: name its public key with --public-key"
        case .notOurs(let subject, let reason): "\(subject): \(reason)"
        }
    }
}
