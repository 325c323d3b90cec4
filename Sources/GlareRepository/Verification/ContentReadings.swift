import Dispatch
import GlareModel
import GlareSystem
import GlareTransfer
import Synchronization
import SystemPackage

/// What large files were found to hold. To read them takes long, and a repository goes on meanwhile: so what was
/// found is kept with the file's stamp, to be held against what should be there then.
final class ContentReadings: Sendable {
    struct Reading {
        let stamp: FileStamp
        /// Or why it could not be read.
        let content: Result<ContentDigests, SystemError>
    }

    private let readings = Mutex<[String: Reading]>([:])
    private let activities: Activities
    private let threads: Int

    init(activities: Activities, threads: Int) { (self.activities, self.threads) = (activities, threads) }

    /// Files that were read, and their bytes.
    var total: (files: Int, bytes: Int64) {
        readings.withLock { ($0.count, $0.values.reduce(0) { $0 + $1.stamp.size }) }
    }

    /// Nil where the file has another stamp by now, or was not read.
    func reading(_ path: String, _ stamp: FileStamp) -> Result<ContentDigests, SystemError>? {
        readings.withLock { $0[path].flatMap { $0.stamp == stamp ? $0.content : nil } }
    }

    /// Reads what is there and was not read yet.
    ///
    /// - Throws: `SystemError`, where a directory can't be read.
    func read(_ expected: ExpectedContents) throws {
        // Each of these by one core, and the versions, each by all.
        let transfers = try expected.transfers.filter(isUnread)
        DispatchQueue.concurrentPerform(iterations: transfers.count) { [self] index in
            read(transfers[index]) { file, activity in
                try PlainContent.read(file, length: file.status().size, activity: activity).digests
            }
        }
        for version in try expected.versions.filter(isUnread) {
            let manifest = expected.offers[version.fileName].flatMap {
                self.manifest($0.manifest, of: version.fileName, among: expected)
            }
            read(version) { [threads] file, activity in
                guard case .known(let reference) = version.content else {
                    return try PlainContent.read(
                        file, length: file.status().size, withMD5: true, activity: activity
                    ).digests
                }
                let found = try ContentCheck.digest(
                    of: file, expected: reference, manifest: manifest, threads: threads, activity: activity)
                return ContentDigests(sha256: found)
            }
        }
    }

    private func isUnread(_ file: ExpectedContent) throws -> Bool {
        guard let status = try file.directory.status(of: file.fileName), status.kind == .regular else { return false }
        return reading(file.path, status.stamp) == nil
    }

    /// The manifest that a record names, if it is whole.
    private func manifest(
        _ reference: ContentReference, of fileName: String, among expected: ExpectedContents
    ) -> Manifest? {
        guard let version = VersionName(fileName: fileName) else { return nil }
        let name = TransferName(version, .manifest, reference).fileName
        guard let file = try? expected.transferDirectory?.file(name),
            let bytes = try? file.readAll(limit: Manifest.sizeLimit),
            SHA256Digest(of: bytes) == reference.sha256
        else { return nil }
        return try? Manifest(bytes, subject: file.path)
    }

    private func read(_ expected: ExpectedContent, _ digest: (File, Activity) throws -> ContentDigests) {
        guard let before = try? expected.directory.status(of: expected.fileName) else { return }
        let content: Result<ContentDigests, SystemError>
        do {
            let file = try expected.directory.file(expected.fileName)
            content = .success(
                try activities.during(.verifying, expected.fileName, total: before.size) { try digest(file, $0) })
        } catch let error as SystemError {
            content = .failure(error)
        } catch {
            return
        }
        // What changed meanwhile is looked at again.
        guard let after = try? expected.directory.status(of: expected.fileName), after.stamp == before.stamp else {
            return
        }
        readings.withLock { $0[expected.path] = Reading(stamp: before.stamp, content: content) }
    }
}
