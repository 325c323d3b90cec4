import GlareModel
import GlareSystem

/// `keys/`: the public keys by which the catalogue has been signed, from 1 on, each but the first with the
/// signatures that pass on to it. Hosts which trust an older one follow it.
struct KeyHistory {
    private let repository: Repository

    init(_ repository: Repository) { self.repository = repository }

    /// The key that signs now, with its number; nil before the first signature.
    func newest() throws -> (number: Int, key: PublicKey)? {
        guard try repository.root.status(of: RepositoryLayout.keys)?.kind == .directory else { return nil }
        let directory = try repository.root.directory(RepositoryLayout.keys)
        let numbers = try directory.names().compactMap(RepositoryLayout.keyNumber)
        guard let number = numbers.max() else { return nil }
        let file = try directory.file(RepositoryLayout.keyName(number))
        return (number, try PublicKey(file: file.readAll(limit: Signature.sizeLimit), subject: file.path))
    }

    /// The number of a key that is about to sign: the newest, or the first of all, which it becomes.
    ///
    /// - Throws: ``SigningError/otherKey(path:number:expected:found:)``.
    func number(of key: PublicKey) throws -> Int {
        guard let newest = try newest() else {
            try write(Array(key.fileText.utf8), as: RepositoryLayout.keyName(1))
            return 1
        }
        guard newest.key == key else {
            throw SigningError.otherKey(
                path: repository.root.path(of: RepositoryLayout.catalogue), number: newest.number,
                expected: newest.key.id, found: key.id)
        }
        return newest.number
    }

    /// Passes on from one key to the next. The key itself comes last: what names it proves it.
    func add(_ new: SecretKey, after old: SecretKey, id: String) throws {
        guard new.publicKey != old.publicKey else { throw SigningError.sameKey(new.publicKey.id) }
        let number = try number(of: old.publicKey) + 1
        let file = Array(new.publicKey.fileText.utf8)
        let comment = KeyStatement(repository: id, number: number).comment
        let name = RepositoryLayout.keyName(number)
        try write(try old.sign(file, comment: comment).fileBytes, as: RepositoryLayout.signature(of: name))
        try write(try new.sign(file, comment: comment).fileBytes, as: RepositoryLayout.ownSignature(of: name))
        try write(file, as: name)
    }

    private func write(_ bytes: [UInt8], as name: String) throws {
        let directory = try repository.root.directory(
            RepositoryLayout.keys, create: (mode: 0o2775, owner: repository.owner))
        try repository.publish(bytes, in: directory, as: name)
    }
}
