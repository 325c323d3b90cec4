public import FoundationEssentials
public import GlareModel
import GlareSystem

extension Repository {
    /// Signs the catalogue anew, with new times.
    ///
    /// - Throws: ``SigningError``, `SystemError`.
    public func sign() throws -> SignedCatalogue {
        guard options.signing.key != nil else { throw SigningError.noKey(path: root.path) }
        try change { $0.renewsSignature = true }
        return try signed()
    }

    /// Passes on to a new key, which signs from then on.
    ///
    /// - Throws: ``SigningError``, `SystemError`.
    public func sign(by new: SecretKey) throws -> SignedCatalogue {
        guard let old = options.signing.key else { throw SigningError.noKey(path: root.path) }
        try change { change in
            try KeyHistory(self).add(new, after: old, id: change.state.repository)
            change.signing.key = new
        }
        return try signed()
    }

    /// By what the catalogue is signed.
    private func signed() throws -> SignedCatalogue {
        guard let signed = try publishedSignature() else { throw SigningError.noCatalogue(path: root.path) }
        return SignedCatalogue(statement: signed.statement, key: signed.signature.keyID)
    }

    /// What a key on another machine has to sign: the catalogue that is published now.
    ///
    /// - Throws: ``SigningError/noCatalogue(path:)``.
    public func statementToSign(at time: Date) throws -> CatalogueStatement {
        // Read once: another publish may be under way.
        guard let bytes = try publishedBytes(), let catalogue = try? Catalogue(json: bytes, subject: root.path) else {
            throw SigningError.noCatalogue(path: root.path)
        }
        return CatalogueStatement(
            of: catalogue, bytes: bytes, keyNumber: try KeyHistory(self).newest()?.number ?? 1, created: time,
            lifetime: options.signing.lifetime.map(TimeInterval.init))
    }

    /// Publishes a signature that was made elsewhere.
    ///
    /// - Parameters:
    ///   - file: As minisign wrote it.
    ///   - key: By which it must be; needed for the first of all.
    ///   - subject: Where the signature is from, for messages.
    /// - Throws: ``SigningError``, `InvalidKey`, `SystemError`.
    public func attach(_ file: [UInt8], by key: PublicKey?, subject: String) throws -> SignedCatalogue {
        let signature = try Signature(file: file, subject: subject)
        return try change { change in
            let newest = try KeyHistory(self).newest()?.key
            guard let key = newest ?? key else { throw SigningError.unknownSigner(path: root.path) }
            let statement = try change.statement(of: signature, by: key, subject: subject)
            change.attached = (signature, key)
            return SignedCatalogue(statement: statement, key: key.id)
        }
    }

    func publishedBytes() throws -> [UInt8]? {
        try root.fileIfPresent(RepositoryLayout.catalogue)?.readAll(limit: Catalogue.sizeLimit)
    }

    /// The signature that hosts see now, whoever's it is; nil where there is none that can be read.
    func publishedSignature() throws -> (signature: Signature, statement: CatalogueStatement)? {
        guard let file = try root.fileIfPresent(RepositoryLayout.catalogueSignature),
            let signature = try? Signature(file: file.readAll(limit: Signature.sizeLimit), subject: file.path),
            let statement = CatalogueStatement(comment: signature.trustedComment)
        else { return nil }
        return (signature, statement)
    }

    /// Before anything is done: whether what is to come can be signed, and by the right key.
    ///
    /// - Throws: ``SigningError/otherKey(path:number:expected:found:)``, `InvalidKey`, `SystemError`.
    public func requireSigner() throws {
        if let key = options.signing.key?.publicKey {
            guard let newest = try KeyHistory(self).newest(), newest.key != key else { return }
            throw SigningError.otherKey(
                path: root.path(of: RepositoryLayout.catalogue), number: newest.number, expected: newest.key.id,
                found: key.id)
        }
        if let signed = try publishedSignature()?.statement { report(.unsigned(serial: signed.serial)) }
    }
}

extension Change {
    /// Signs the published catalogue, unless a signature of this key says the same and is young.
    func sign(_ catalogue: Catalogue, _ bytes: [UInt8]) throws {
        if let (signature, key) = attached {
            _ = try KeyHistory(repository).number(of: key)
            return try publish(signature)
        }
        guard let key = signing.key else { return }
        let date = Date(timeIntervalSince1970: TimeInterval(now.seconds))
        let statement = CatalogueStatement(
            of: catalogue, bytes: bytes, keyNumber: try KeyHistory(repository).number(of: key.publicKey), created: date,
            lifetime: signing.lifetime.map(TimeInterval.init))
        if !renewsSignature, let last = try repository.publishedSignature(), last.statement.holds(for: statement),
            last.signature.isCommentSigned(by: key.publicKey), last.signature.isSigned(bytes, by: key.publicKey)
        {
            return
        }
        try publish(key.sign(bytes, comment: statement.comment))
    }

    /// Before anything is published: whether a signature from elsewhere is of what is about to be.
    func requireAttachedFits(_ bytes: [UInt8]) throws {
        guard let attached,
            CatalogueStatement(comment: attached.signature.trustedComment)?.reference != Catalogue.Reference(to: bytes)
        else { return }
        throw SigningError.notOurs(
            subject: repository.root.path,
            reason:
                "its files are others than the catalogue that was signed tells: `glare rebuild-index` publishes what is there, and that is to be signed"
        )
    }

    private func publish(_ signature: Signature) throws {
        let name = RepositoryLayout.catalogueSignature
        // Two signatures may well be of one size: the time is what some web servers tell them by.
        let before = try repository.root.status(of: name)?.modified.seconds ?? 0
        try repository.publish(
            signature.fileBytes, in: repository.root, as: name,
            modified: FileTime(seconds: max(now.seconds, before + 1)))
    }

    /// What a signature from elsewhere says of the published catalogue.
    fileprivate func statement(
        of signature: Signature, by key: PublicKey, subject: String
    ) throws -> CatalogueStatement {
        guard let bytes = try repository.publishedBytes(), let last else {
            throw SigningError.noCatalogue(path: repository.root.path)
        }
        guard signature.isCommentSigned(by: key), signature.isSigned(bytes, by: key) else {
            throw SigningError.notOurs(
                subject: subject,
                reason:
                    "is no signature by key \(key.id) of \(repository.root.path(of: RepositoryLayout.catalogue)) as it is now: sign again what `glare sign --print` tells"
            )
        }
        guard let statement = CatalogueStatement(comment: signature.trustedComment),
            statement.reference == Catalogue.Reference(to: bytes), statement.repository == last.repository,
            statement.serial == last.serial
        else {
            throw SigningError.notOurs(
                subject: subject,
                reason: "has another trusted comment than the one that `glare sign --print` tells for this catalogue")
        }
        guard statement.expires.map({ $0 > Date(timeIntervalSince1970: TimeInterval(now.seconds)) }) ?? true else {
            throw SigningError.notOurs(subject: subject, reason: "has expired: sign again")
        }
        return statement
    }

    /// Whatever is named by the catalogue, or the signed catalogue, that is about to be replaced was in use until
    /// now, also if it was retired long ago: by a command that was cut off before it published, or by catalogues
    /// that nobody signed. Its grace begins now.
    mutating func renewGrace(replacing last: Catalogue?) throws {
        var held: Set<String> = []
        if let last, let bytes = try repository.publishedBytes() {
            held.formUnion(try paths(of: last, Catalogue.Reference(to: bytes)))
        }
        if signing.key != nil || attached != nil { held.formUnion(try heldBySignature()) }
        let date = Date(timeIntervalSince1970: TimeInterval(now.seconds))
        for path in held where state.retired[path] != nil { state.retired[path] = date }
    }

    /// What the signed catalogue names, where another one is published by now: hosts with a trusted key go by
    /// it until the next is signed. Paths in the repository.
    func heldBySignature() throws -> Set<String> {
        guard let signed = try repository.publishedSignature()?.statement.reference,
            let catalogue = try document(signed).flatMap({ try? Catalogue(json: $0, subject: signed.path) })
        else { return [] }
        return try paths(of: catalogue, signed)
    }

    /// All that a catalogue leads to, and its own document.
    private func paths(of catalogue: Catalogue, _ reference: Catalogue.Reference) throws -> Set<String> {
        var held: Set<String> = [reference.path]
        for row in catalogue.rows {
            held.insert(row.record.path)
            guard let record = try document(row.record).flatMap({ try? ImageRecord(json: $0, of: row, subject: "") })
            else { continue }
            held.formUnion(record.versions.map { RepositoryLayout.path(of: VersionName(row.name, $0.id)) })
            held.formUnion(record.transferFileNames.map { "\(RepositoryLayout.transfer)/\($0)" })
        }
        return held
    }

    private func document(_ reference: Catalogue.Reference) throws -> [UInt8]? {
        try repository.catalogueDirectory.fileIfPresent(RepositoryLayout.documentName(reference.sha256))?
            .readAll(limit: Catalogue.sizeLimit)
    }
}

extension CatalogueStatement {
    /// Whether it says what `other` would, and two thirds of its life are left.
    fileprivate func holds(for other: CatalogueStatement) -> Bool {
        guard reference == other.reference, serial == other.serial, keyNumber == other.keyNumber,
            repository == other.repository
        else { return false }
        guard let expires, let otherEnd = other.expires else { return expires == nil && other.expires == nil }
        let (life, otherLife) = (expires.timeIntervalSince(created), otherEnd.timeIntervalSince(other.created))
        return life == otherLife && other.created.timeIntervalSince(created) < life / 3
    }
}
