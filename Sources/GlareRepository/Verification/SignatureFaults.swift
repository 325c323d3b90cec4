import FoundationEssentials
import GlareModel
import GlareSystem

/// The repository's own signature and keys.
extension RepositoryFaults {
    mutating func checkSignature() {
        let name = RepositoryLayout.catalogueSignature
        let (found, key) = (try? view.root.fileIfPresent(name)?.readAll(limit: Signature.sizeLimit), newestKey)
        guard let found else {
            if key != nil { told.add(name, .missing, expected: "the signature of the catalogue", Advice.sign) }
            return
        }
        guard let key else { return }
        guard let signature = try? Signature(file: found, subject: name), signature.isCommentSigned(by: key.key),
            let statement = CatalogueStatement(comment: signature.trustedComment)
        else {
            return told.add(
                name, .wrong,
                expected: "a signature by keys/\(RepositoryLayout.keyName(key.number)), key \(key.key.id)",
                found: "none", Advice.sign)
        }
        let bytes = published.bytes.flatMap { Catalogue.Reference(to: $0) == statement.reference ? $0 : nil }
        // Until a catalogue is signed elsewhere, the signature is of the one before it.
        guard let signed = bytes ?? (try? view.document(statement.reference.sha256)) else {
            return told.add(statement.reference.path, .missing, expected: "the catalogue that is signed", Advice.sign)
        }
        guard signature.isSigned(signed, by: key.key) else {
            return told.add(
                name, .wrong, expected: "a signature of \(statement.reference.path)", found: "none", Advice.sign)
        }
        if let end = statement.expires, end <= Date() {
            told.add(
                name, .wrong, expected: "a signature that holds", found: "one that ended at \(end.formatted(.iso8601))",
                Advice.sign)
        }
        if signature.fileBytes != found {
            // What is not signed of it: the comment for people.
            told.add(name, .wrong, expected: "a signature as Glare writes it", found: "other bytes", Advice.repair)
            putBack(signature.fileBytes, as: name)
        } else {
            told.pass(name)
        }
    }

    private var newestKey: (number: Int, key: PublicKey)? {
        guard let number = keyNumbers.last, let key = self.key(number)?.key else { return nil }
        return (number, key)
    }

    private var keyNumbers: [Int] {
        ((try? view.keys?.names()) ?? []).compactMap(RepositoryLayout.keyNumber).sorted()
    }

    private func key(_ number: Int) -> (file: [UInt8], key: PublicKey)? {
        guard let file = keyFile(RepositoryLayout.keyName(number)), let key = try? PublicKey(file: file, subject: ""),
            // Nothing else is in it, so nothing else can be wrong in it.
            Array(key.fileText.utf8) == file
        else { return nil }
        return (file, key)
    }

    private func keyFile(_ name: String) -> [UInt8]? {
        try? view.keys?.fileIfPresent(name)?.readAll(limit: Signature.sizeLimit)
    }

    /// Each key is a key, and each but the first is proven by the one before it and by itself.
    mutating func checkKeys() {
        guard let newest = keyNumbers.last else {
            // Whoever signs leaves the key here.
            guard (try? view.root.status(of: RepositoryLayout.catalogueSignature)) != nil else { return }
            return told.add(
                "\(RepositoryLayout.keys)/\(RepositoryLayout.keyName(1))", .missing, expected: "a public key",
                Advice.backup)
        }
        for number in 1...newest {
            let name = RepositoryLayout.keyName(number)
            let path = "\(RepositoryLayout.keys)/\(name)"
            guard let key = key(number) else {
                let isMissing = keyFile(name) == nil
                told.add(path, isMissing ? .missing : .wrong, expected: "a public key", Advice.backup)
                continue
            }
            guard number > 1, let before = self.key(number - 1) else { continue }
            let signatures = [RepositoryLayout.signature(of: name), RepositoryLayout.ownSignature(of: name)].map {
                keyFile($0).flatMap { try? Signature(file: $0, subject: "") }
            }
            guard let old = signatures[0], let new = signatures[1],
                let id = view.state?.repository ?? published.catalogue?.repository,
                KeyStatement(repository: id, number: number).isProven(
                    key.file, by: (old, new), from: before.key, to: key.key)
            else {
                told.add(path, .wrong, expected: "a key that the one before it and itself have signed", Advice.backup)
                continue
            }
        }
    }
}
