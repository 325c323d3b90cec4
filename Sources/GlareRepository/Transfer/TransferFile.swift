import GlareModel
import GlareSystem
import GlareTransfer

/// What was found in a file of `transfer/`, trusted while its stamp is the file's.
struct TransferFile: Codable, Equatable {
    var stamp: FileStamp
    let content: ContentReference
    /// Of the version that it makes; nil for frames, of which only their manifest says it.
    var image: SHA256Digest?
    /// Of a manifest: the digest of the file that has the frames.
    var frames: SHA256Digest?
    /// Of a delta.
    var base: SHA256Digest?
    var head: ContentReference?

    /// Reads a file.
    ///
    /// - Throws: `InvalidDocument`, for what is not what its name says; `SystemError`.
    init(reading file: File, as name: TransferName) throws {
        let status = try file.status()
        stamp = status.stamp
        content = ContentReference(
            sha256: try PlainContent.read(file, length: status.size).digests.sha256, size: status.size)
        guard content.sha256.hex.hasPrefix(name.digest) else {
            throw InvalidDocument(file.path, "has another SHA-256 than its name says: \(content.sha256)")
        }
        switch name.kind {
        case .frames: break
        case .manifest:
            let manifest = try Manifest(file.readAll(limit: Manifest.sizeLimit), subject: file.path)
            image = manifest.image.text
            frames = manifest.stored.text
        case .delta:
            let head = try DeltaHead(of: file)
            guard head.fileSize == status.size else {
                throw InvalidDocument(file.path, "has \(status.size) bytes, its head says \(head.fileSize)")
            }
            image = head.target.text
            base = head.base.text
            self.head = ContentReference(sha256: SHA256Digest(of: head.bytes), size: Int64(head.size))
        }
    }

    /// Of what was just made.
    init(stamp: FileStamp, frames: ContentReference) { (self.stamp, content) = (stamp, frames) }

    init(stamp: FileStamp, manifest: ContentReference, of value: Manifest) {
        (self.stamp, content) = (stamp, manifest)
        image = value.image.text
        frames = value.stored.text
    }
}

extension Repository {
    /// What each file in `transfer/` holds; one that is as it was is not read again.
    func surveyTransfer(known: [String: TransferFile]) throws -> [String: TransferFile] {
        var found: [String: TransferFile] = [:]
        for fileName in try transfer.names() {
            guard let name = TransferName(fileName: fileName), let status = try transfer.status(of: fileName),
                status.kind == .regular
            else { continue }
            if let before = known[fileName], before.stamp == status.stamp {
                found[fileName] = before
                continue
            }
            do {
                found[fileName] = try TransferFile(reading: transfer.file(fileName), as: name)
            } catch let error as InvalidDocument {
                report(.notListed(path: transfer.path(of: fileName), reason: error.reason))
            } catch let error as SystemError {
                report(.notListed(path: transfer.path(of: fileName), reason: error.description))
            }
        }
        return found
    }
}
