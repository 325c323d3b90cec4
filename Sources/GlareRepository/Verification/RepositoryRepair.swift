import FoundationEssentials
public import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// Mends what can be: versions from their frames, what is known byte for byte, and, from the versions, all the rest.
extension Repository {
    /// - Parameter verification: Of this repository.
    /// - Returns: What was wrong, and what of it was repaired.
    /// - Throws: What keeps it from being repaired at all: ``RepositoryError``, `SystemError`.
    public func repair(after verification: RepositoryVerification) throws -> VerificationReport {
        let faults = try verification.faults()
        let before = verification.report(on: faults)
        guard before.isWrong else { return before }
        for version in faults.versions {
            do {
                try restore(version, faults)
            } catch let error as NotRestorable {
                report(.notRestored(path: root.path(of: version.path), reason: error.reason))
            } catch let error as SystemError {
                report(.notRestored(path: root.path(of: version.path), reason: error.description))
            }
        }
        // As it is by then: somebody may have published meanwhile.
        let left = try locked {
            let left = try verification.current()
            try putBack(left)
            return left
        }
        let lostImages = left.lostImages
        if lostImages.isEmpty {
            try mend(root.path) { _ = try rebuildIndex(rereadAll: false, without: Set(left.versions.map(\.fileName))) }
        } else {
            // A catalogue made now would take them from the hosts that have them.
            report(.catalogueKept(lostImages))
        }
        let after = try verification.run()
        return before.repaired(leaving: after) { isReplaced($0, in: after) }
    }

    /// Whether what is made of versions was made anew under another name: what hosts fetch of a version that is right,
    /// and what a catalogue that is right does not name any more.
    private func isReplaced(_ path: String, in after: VerificationReport) -> Bool {
        let parts = path.dropFirst(root.path.count).split(separator: "/").map(String.init)
        guard let fileName = parts.last else { return false }
        switch parts.first {
        case RepositoryLayout.transfer:
            let version = TransferName(fileName: fileName)?.version
            return version.map { after.sound.contains(root.path(of: RepositoryLayout.path(of: $0))) } ?? false
        case RepositoryLayout.catalogueDirectory:
            return after.sound.contains(root.path(of: RepositoryLayout.catalogue))
        case RepositoryLayout.privateDirectory where parts.count > 2:
            // Block tables, and deltas that were not published yet.
            return after.sound.contains(root.path(of: RepositoryLayout.catalogue))
        default: return false
        }
    }

    /// Makes a version again from its frames. The wrong file stays until the right one is whole and on disk.
    ///
    /// - Throws: ``NotRestorable``, `SystemError`.
    private func restore(_ version: ExpectedContent, _ faults: RepositoryFaults) throws {
        guard let name = VersionName(fileName: version.fileName) else { return }
        let (manifest, frames) = try frames(of: name, version)
        let copy = try TemporaryFile(in: scratch)
        do {
            try scratch.requireSpace(manifest.dataSize, for: version.fileName)
            try options.activities.during(.copying, version.fileName, total: manifest.dataSize) { activity in
                try FrameRestoration.restore(
                    manifest, from: frames, to: copy.file, threads: options.making.threads, activity: activity)
            }
        } catch let error as WrongFrame {
            throw NotRestorable(reason: error.description)
        } catch let error as InvalidDocument {
            throw NotRestorable(reason: error.description)
        }
        // The frames are those of the manifest; that they are the whole version, its digest says.
        let size = manifest.imageSize
        let found = try options.activities.during(.verifying, version.fileName, total: size) { activity in
            try PlainContent.read(copy.file, length: size, withMD5: true, activity: activity).digests
        }
        guard version.holds(found) else {
            throw NotRestorable(reason: "expected \(version.words), found SHA-256 \(found.sha256)")
        }
        try locked {
            try copy.publish(
                to: archive, as: version.fileName,
                attributes: attributes(mode: options.fileMode, modified: modified(name, faults)), size: size)
        }
    }

    /// The frames of a version, and what says where they are: by their names, so that it takes no record.
    ///
    /// - Throws: ``NotRestorable``, `SystemError`.
    private func frames(of name: VersionName, _ version: ExpectedContent) throws -> (Manifest, File) {
        let files = try transfer.names().compactMap(TransferName.init(fileName:)).filter { $0.version == name }
        for part in files where part.kind == .manifest {
            let file = try transfer.file(part.fileName)
            let bytes = try file.readAll(limit: Manifest.sizeLimit)
            guard SHA256Digest(of: bytes).hex.hasPrefix(part.digest),
                let manifest = try? Manifest(bytes, subject: file.path),
                version.mayHold(manifest.image.text)
            else { continue }
            let frames = files.first { $0.kind == .frames && manifest.stored.text.hex.hasPrefix($0.digest) }
            if let frames { return (manifest, try transfer.file(frames.fileName)) }
        }
        throw NotRestorable(reason: "there are no frames of it, or what says where they are is wrong")
    }

    /// When it last became current: versions are ordered by that.
    private func modified(_ name: VersionName, _ faults: RepositoryFaults) -> FileTime? {
        let record = faults.published.records.first { $0.name == name.image }
        return record?.versions.first { $0.id == name.id }.map {
            FileTime(seconds: Int64($0.modified.timeIntervalSince1970))
        }
    }

    /// What is known goes back; what can be made anew is taken away, so that it will be. What is left of a version
    /// that is lost stays.
    private func putBack(_ faults: RepositoryFaults) throws {
        for file in faults.knownFiles {
            try mend(file.directory.path(of: file.fileName)) {
                try file.directory.publish(
                    file.bytes, as: file.fileName, attributes: attributes(mode: 0o664, modified: file.modified),
                    scratch: scratch)
            }
        }
        for version in faults.links {
            try mend(root.path(of: version.image.text)) { try point(version.image, to: version) }
        }
        guard faults.lostImages.isEmpty else { return }
        let lost = Set(faults.versions.map(\.fileName))
        for (directory, fileName) in faults.derived
        where TransferName(fileName: fileName).map({ !lost.contains($0.version.fileName) }) ?? true {
            try mend(directory.path(of: fileName)) { try directory.remove(fileName) }
        }
        for directory in [transfer, catalogueDirectory] { try directory.sync() }
    }

    /// Goes on with the rest where one file can't be mended, as one in whose place somebody made a directory.
    private func mend(_ path: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as SystemError {
            report(.notMended(path: path, reason: error.description))
        }
    }

    /// Points the image's symlink at a version, relatively, so that the repository can be moved.
    func point(_ image: ImageName, to version: VersionName) throws {
        try root.publishSymbolicLink(
            image.text, to: RepositoryLayout.path(of: version), owner: owner, scratch: scratch)
    }
}

/// Why there is no version to be had from what is in `transfer/`.
private struct NotRestorable: Error {
    let reason: String
}
