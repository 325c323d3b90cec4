import Dispatch
import GlareModel
import GlareSystem
import GlareTransfer

/// What the large files of a repository were found to hold.
final class ContentReadings: Sendable {
    let files: FileReadings<ContentDigests>
    private let threads: Int

    init(activities: Activities, threads: Int) {
        files = FileReadings(activities: activities)
        self.threads = threads
    }

    /// Reads what is there and was not read yet.
    ///
    /// - Throws: `SystemError`, where a directory can't be read.
    func read(_ expected: ExpectedContents) throws {
        // Each of these by one core, and the versions, each by all.
        let transfers = try expected.transfers.filter(isUnread)
        DispatchQueue.concurrentPerform(iterations: transfers.count) { [self] index in
            // What can't be told of is seen to be unread.
            try? read(transfers[index]) { file, activity in
                try PlainContent.read(file, length: file.status().size, activity: activity).digests
            }
        }
        for version in try expected.versions.filter(isUnread) {
            let manifest = expected.offers[version.fileName].flatMap {
                self.manifest($0.manifest, of: version.fileName, among: expected)
            }
            try read(version) { [threads] file, activity in
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
        try files.isUnread(file.fileName, in: file.directory, as: file.path)
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

    private func read(_ expected: ExpectedContent, _ digest: (File, Activity) throws -> ContentDigests) throws {
        try files.read(expected.fileName, in: expected.directory, as: expected.path, digest)
    }
}
