import FoundationEssentials
import GlareModel

/// A catalogue whose signature was verified, and what to remember of it.
struct VerifiedCatalogue: Sendable {
    let catalogue: Catalogue
    let bytes: [UInt8]
    let signature: Signature
    let statement: CatalogueStatement
    let memory: TrustMemory

    var offer: Offer { .catalogue(catalogue, bytes: bytes, Validators()) }
}

/// Reads catalogues from servers that may lie: the signature first, which alone tells whether anything changed;
/// then the catalogue by its digest.
struct SignedCatalogueReader: Sendable {
    /// Clocks are allowed to differ by so much.
    private static let tolerance: TimeInterval = 600

    /// At least one.
    let trusted: [PublicKey]
    let memory: TrustMemory?
    /// The catalogue that the cache has, from whichever server.
    let cached: [UInt8]?
    let now: Date

    /// - Throws: ``SyncError``: `notTrusted`, or what the server failed at.
    func read(from source: any RepositorySource) async throws -> VerifiedCatalogue {
        do {
            return try await readOnce(from: source)
        } catch SyncError.missing {
            // Superseded between the two requests.
            return try await readOnce(from: source)
        }
    }

    private func readOnce(from source: any RepositorySource) async throws -> VerifiedCatalogue {
        let address = source.url(RepositoryLayout.catalogueSignature)
        do {
            return try await readAndVerify(source, address)
        } catch let reason as Distrust {
            throw SyncError.notTrusted(address: address, reason)
        } catch SyncError.tooLarge(let address, let limit) {
            throw SyncError.notTrusted(address: address, .altered("is larger than \(limit) bytes"))
        }
    }

    private func readAndVerify(_ source: any RepositorySource, _ address: String) async throws -> VerifiedCatalogue {
        let path = RepositoryLayout.catalogueSignature
        guard case .found(let file, _) = try await source.document(path, limit: Signature.sizeLimit, unless: nil) else {
            throw Distrust.unsigned
        }
        guard let signature = try? Signature(file: file, subject: address) else {
            throw Distrust.altered("is no signature")
        }
        let signer = try await signer(of: signature, source)
        guard signature.isCommentSigned(by: signer.key) else { throw Distrust.altered("the trusted comment") }
        guard let statement = CatalogueStatement(comment: signature.trustedComment) else {
            throw Distrust.altered("the signature's trusted comment says nothing of a catalogue")
        }
        try check(statement)
        let bytes = try await catalogue(statement.reference, source)
        guard signature.isSigned(bytes, by: signer.key) else { throw Distrust.altered("the catalogue") }
        let catalogue = try Catalogue(json: bytes, subject: source.url(statement.reference.path))
        guard catalogue.serial == statement.serial, catalogue.repository == statement.repository else {
            throw Distrust.altered("the catalogue names another serial or repository than its signature")
        }
        return VerifiedCatalogue(
            catalogue: catalogue, bytes: bytes, signature: signature, statement: statement,
            memory: TrustMemory(
                repository: statement.repository, serial: statement.serial, catalogue: statement.reference.sha256,
                followed: signer.followed))
    }

    private func check(_ statement: CatalogueStatement) throws(Distrust) {
        guard statement.created <= now.addingTimeInterval(Self.tolerance) else {
            throw .fromTheFuture(statement.created)
        }
        if let expires = statement.expires, expires <= now { throw .expired(expires) }
        guard let memory else { return }
        guard statement.repository == memory.repository else {
            throw .otherRepository(found: statement.repository, known: memory.repository)
        }
        guard statement.serial >= memory.serial else {
            throw .rolledBack(serial: statement.serial, known: memory.serial)
        }
        guard statement.serial > memory.serial || statement.reference.sha256 == memory.catalogue else {
            throw .contradicts(serial: statement.serial)
        }
    }

    private func catalogue(_ reference: Catalogue.Reference, _ source: any RepositorySource) async throws -> [UInt8] {
        if let cached, Catalogue.Reference(to: cached) == reference { return cached }
        let path = reference.path
        guard
            case .found(let bytes, _) = try await source.document(path, limit: Int(reference.size), unless: nil)
        else { throw SyncError.missing(address: source.url(path)) }
        guard Catalogue.Reference(to: bytes) == reference else {
            throw Distrust.altered("\(path) is not the catalogue that is signed")
        }
        return bytes
    }

    // MARK: Keys

    private func signer(
        of signature: Signature, _ source: any RepositorySource
    ) async throws -> (key: PublicKey, followed: TrustMemory.Followed?) {
        if let key = trusted.first(where: { $0.id == signature.keyID }) { return (key, nil) }
        if let key = memory?.followedKey(from: trusted), key.id == signature.keyID { return (key, memory?.followed) }
        // Not verified yet: where to look, and no more.
        guard let hint = CatalogueStatement(comment: signature.trustedComment), hint.keyNumber > 1 else {
            throw Distrust.otherKey(signature.keyID)
        }
        let chain = KeyChain(trusted: trusted, repository: hint.repository)
        let (key, origin) = try await chain.follow(to: signature.keyID, number: hint.keyNumber, source)
        return (key, TrustMemory.Followed(key: "\(key)", from: "\(origin)"))
    }
}

extension CatalogueStatement {
    /// When it ends, from two thirds of its life on.
    func endingSoon(at now: Date) -> Date? {
        guard let expires else { return nil }
        let life = expires.timeIntervalSince(created)
        return now.timeIntervalSince(created) >= life * 2 / 3 ? expires : nil
    }
}
