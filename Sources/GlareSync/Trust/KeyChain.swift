import GlareModel

/// The way from a key that the host trusts to the one that signs now, by `keys/` of the repository: each key
/// is signed by the one before and by itself.
struct KeyChain: Sendable {
    /// 1,000: no publisher changes keys that often, and a server could have us ask for ever.
    private static let limit = 1000

    let trusted: [PublicKey]
    let repository: String
    /// For all keys together: each is small, and a server could send every one of them a byte at a time.
    var patience = Duration.seconds(120)

    /// Goes back from key `number`, which must have this id, to one that is trusted.
    ///
    /// - Throws: ``Distrust``; ``SyncError`` where the server fails, or takes too long.
    func follow(
        to id: KeyID, number: Int, _ source: any RepositorySource
    ) async throws -> (key: PublicKey, origin: PublicKey) {
        try await withThrowingTaskGroup(of: (key: PublicKey, origin: PublicKey).self) { group in
            group.addTask { try await goBack(to: id, number: number, source) }
            group.addTask {
                try await Task.sleep(for: patience)
                throw SyncError.unreachable(
                    address: source.url(RepositoryLayout.keys), reason: "its keys did not come within \(patience)")
            }
            defer { group.cancelAll() }
            guard let found = try await group.next() else { throw CancellationError() }
            return found
        }
    }

    private func goBack(
        to id: KeyID, number: Int, _ source: any RepositorySource
    ) async throws -> (key: PublicKey, origin: PublicKey) {
        guard number <= Self.limit else { throw Distrust.otherKey(id) }
        var (file, key) = try await self.key(number, source)
        let last = key
        guard key.id == id else { throw Distrust.unprovenKey(number: number, reason: "is key \(key.id), not \(id)") }
        for number in stride(from: number, to: 1, by: -1) {
            let name = RepositoryLayout.keyName(number)
            let (previousFile, previous) = try await self.key(number - 1, source)
            let signatures = (
                old: try await signature(RepositoryLayout.signature(of: name), number, source),
                new: try await signature(RepositoryLayout.ownSignature(of: name), number, source)
            )
            guard
                KeyStatement(repository: repository, number: number).isProven(
                    file, by: signatures, from: previous, to: key)
            else {
                throw Distrust.unprovenKey(number: number, reason: "is not signed by the key before it and by itself")
            }
            if trusted.contains(previous) { return (last, previous) }
            (file, key) = (previousFile, previous)
        }
        throw Distrust.otherKey(id)
    }

    private func key(_ number: Int, _ source: any RepositorySource) async throws -> ([UInt8], PublicKey) {
        let bytes = try await file(RepositoryLayout.keyName(number), number, source)
        guard let key = try? PublicKey(file: bytes, subject: "") else {
            throw Distrust.unprovenKey(number: number, reason: "is not a public key")
        }
        return (bytes, key)
    }

    private func signature(
        _ name: String, _ number: Int, _ source: any RepositorySource
    ) async throws -> Signature {
        let bytes = try await file(name, number, source)
        guard let signature = try? Signature(file: bytes, subject: "") else {
            throw Distrust.unprovenKey(number: number, reason: "has a signature that is none")
        }
        return signature
    }

    private func file(_ name: String, _ number: Int, _ source: any RepositorySource) async throws -> [UInt8] {
        let path = "\(RepositoryLayout.keys)/\(name)"
        guard case .found(let bytes, _) = try await source.document(path, limit: Signature.sizeLimit, unless: nil)
        else { throw Distrust.unprovenKey(number: number, reason: "or \(name) is not there") }
        return bytes
    }
}
