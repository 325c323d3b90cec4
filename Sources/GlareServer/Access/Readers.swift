import FoundationEssentials
import GlareModel
import GlareSystem
import Synchronization

/// Who may read the repository, where not everybody may: each has a secret, and the file has its digest.
final class Readers: Sendable {
    private let path: String
    private let current: Mutex<[Reader]>

    fileprivate struct Reader: Equatable, Sendable {
        let name: String
        /// The digits of the SHA-256 of the secret.
        let digest: [UInt8]
    }

    /// - Throws: ``ServerError/readers(_:reason:)``
    init(_ path: String) throws {
        self.path = path
        current = Mutex(try Self.read(path))
    }

    /// Reads the file again.
    ///
    /// - Throws: ``ServerError/readers(_:reason:)``, and then what was read before holds on.
    func reload() throws {
        let new = try Self.read(path)
        current.withLock { $0 = new }
    }

    // MARK: The question

    /// Whose the value of an Authorization field is, nil where it is no reader's: `Bearer SECRET` (RFC 6750), or
    /// `Basic` with its name and the secret (RFC 7617).
    ///
    /// Digests are compared, all of them and to their end, so that the time it takes tells nothing of them.
    func name(for authorization: String?) -> String? {
        guard let credentials = authorization.flatMap(Credentials.init) else { return nil }
        let offered = Array(SHA256Digest(of: Array(credentials.secret.utf8)).hex.utf8)
        // Not under the lock: as many ask as there are event loops.
        let readers = current.withLock { $0 }
        var name: String?
        for reader in readers {
            let isRight = Self.areEqual(reader.digest, offered)
            let isNamed = credentials.name.map { $0 == reader.name } ?? true
            name = isRight && isNamed ? reader.name : name
        }
        return name
    }

    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0 && left.count == right.count
    }

    // MARK: The file

    /// Of the file: some 10,000 readers.
    private static let sizeLimit = 1 << 20

    private static func read(_ path: String) throws -> [Reader] {
        let bytes: [UInt8]
        do {
            bytes = try File.open(path).readAll(limit: sizeLimit)
        } catch {
            throw ServerError.readers(path, reason: "\(error)")
        }
        return try parse(String(decoding: bytes, as: UTF8.self), path: path)
    }

    /// `NAME:DIGEST`, one a line; lines that are empty or begin with # are passed over.
    fileprivate static func parse(_ text: String, path: String) throws -> [Reader] {
        var readers: [Reader] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 2, !fields[0].isEmpty, let digest = SHA256Digest(hex: fields[1]) else {
                throw ServerError.readers(
                    path,
                    reason: "line \(number + 1): expected NAME:DIGEST, with the SHA-256 of the secret in hexadecimal")
            }
            readers.append(Reader(name: String(fields[0]), digest: Array(digest.hex.utf8)))
        }
        return readers
    }
}

/// What a client offers in an Authorization field.
struct Credentials: Equatable {
    /// Nil where it is the secret that tells who it is.
    let name: String?
    let secret: String

    /// Nil for another scheme, or one that is not written as its RFC has it.
    init?(_ authorization: String) {
        guard let blank = authorization.firstIndex(of: " ") else { return nil }
        let rest = authorization[blank...].drop { $0 == " " }
        switch authorization[..<blank].lowercased() {
        case "bearer":
            (name, secret) = (nil, String(rest))
        case "basic":
            guard let decoded = Data(base64Encoded: String(rest)),
                let text = String(validating: decoded, as: UTF8.self),
                let colon = text.firstIndex(of: ":")
            else { return nil }
            (name, secret) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
        default: return nil
        }
        if secret.isEmpty { return nil }
    }
}
