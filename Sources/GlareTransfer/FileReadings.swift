public import GlareSystem
import Synchronization

/// What large files were found to hold. To read them takes long, and others go on meanwhile: so what was found is
/// kept with the file's stamp, to be held against what should be there then.
public final class FileReadings<Content: Sendable>: Sendable {
    private struct Reading: Sendable {
        let stamp: FileStamp
        /// Or why it could not be read.
        let content: Result<Content, SystemError>
    }

    private let readings = Mutex<[String: Reading]>([:])
    private let activities: Activities

    public init(activities: Activities) { self.activities = activities }

    /// Files that were read, and their bytes.
    public var total: (files: Int, bytes: Int64) {
        readings.withLock { ($0.count, $0.values.reduce(0) { $0 + $1.stamp.size }) }
    }

    /// Nil where the file has another stamp by now, or was not read.
    public func found(_ path: String, _ stamp: FileStamp) -> Result<Content, SystemError>? {
        readings.withLock { $0[path].flatMap { $0.stamp == stamp ? $0.content : nil } }
    }

    /// Whether a file is there that was not read as it is now.
    ///
    /// - Throws: `SystemError`.
    public func isUnread(_ fileName: String, in directory: Directory, as path: String) throws -> Bool {
        guard let status = try directory.status(of: fileName), status.kind == .regular else { return false }
        return found(path, status.stamp) == nil
    }

    /// Reads a file; what changes meanwhile is left to be looked at again.
    ///
    /// - Throws: `SystemError`, where the directory can't be read; what `body` throws besides.
    public func read(
        _ fileName: String, in directory: Directory, as path: String, _ body: (File, Activity) throws -> Content
    ) throws {
        guard let before = try directory.status(of: fileName) else { return }
        let content: Result<Content, SystemError>
        do {
            let file = try directory.file(fileName)
            content = .success(
                try activities.during(.verifying, fileName, total: before.size) { try body(file, $0) })
        } catch let error as SystemError {
            content = .failure(error)
        }
        guard try directory.status(of: fileName)?.stamp == before.stamp else { return }
        readings.withLock { $0[path] = Reading(stamp: before.stamp, content: content) }
    }
}
