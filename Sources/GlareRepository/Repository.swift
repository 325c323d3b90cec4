import GlareModel
public import GlareSystem
public import GlareTransfer
import SystemPackage

/// A directory that a publisher writes and a web server serves.
///
/// Readers need no lock: every file appears whole, and in the order in which one names the other.
/// Writers take turns, by ``change(_:)``.
public final class Repository: Sendable {
    public struct Options: Sendable {
        /// Seconds for which a file stays after the last catalogue that named it; 0 removes at once.
        public var grace: Int64
        /// Permission bits of a version's file.
        public var fileMode: UInt32
        /// Who is named to those who wait for the lock, such as `alice: glare add-image`.
        public var holder: String
        /// Seconds to wait for the lock; nil for as long as it takes.
        public var lockWait: Int64?
        /// How what hosts fetch is made.
        public var making: TransferMaking
        public var signing: Signing
        /// Where what takes a while is listed.
        public var activities: Activities

        public init(
            grace: Int64, fileMode: UInt32, holder: String, lockWait: Int64? = nil, making: TransferMaking,
            signing: Signing = Signing(), activities: Activities = Activities()
        ) {
            self.grace = grace
            self.fileMode = fileMode
            self.holder = holder
            self.lockWait = lockWait
            self.making = making
            self.signing = signing
            self.activities = activities
        }
    }

    public let root: Directory
    let archive: Directory
    let transfer: Directory
    let catalogueDirectory: Directory
    let privateDirectory: Directory
    let scratch: Directory
    /// Block tables of versions, by SHA-256.
    let blocks: Directory
    /// Deltas that are finished, of versions that are not published yet.
    let finished: Directory
    let options: Options
    let report: @Sendable (RepositoryNotice) -> Void
    let owner: Ownership

    /// Opens the repository at `path`, and makes in it what a repository has.
    ///
    /// - Throws: ``RepositoryError/noRepository(path:)``, `InvalidDocument` where a newer Glare wrote it, or
    ///   `SystemError` where it can't be written.
    public init(path: String, options: Options, report: @escaping @Sendable (RepositoryNotice) -> Void) throws {
        do {
            root = try Directory.open(path)
        } catch let error as SystemError where error.isMissing {
            throw RepositoryError.noRepository(path: path)
        }
        do {
            // Now, and not after an image was read and compressed.
            try root.requireWritable()
        } catch let error as SystemError where error.code == .permissionDenied {
            throw RepositoryError.notPermitted(path: path)
        }
        try root.requireKnownRepository()
        self.options = options
        self.report = report
        owner = try Ownership(of: root)
        let open = (mode: UInt32(0o2775), owner: owner)
        let closed = (mode: UInt32(0o2770), owner: owner)
        archive = try root.directory(RepositoryLayout.archive, create: open)
        transfer = try root.directory(RepositoryLayout.transfer, create: open)
        catalogueDirectory = try root.directory(RepositoryLayout.catalogueDirectory, create: open)
        privateDirectory = try root.directory(RepositoryLayout.privateDirectory, create: closed)
        scratch = try privateDirectory.directory("tmp", create: closed)
        blocks = try privateDirectory.directory("blocks", create: closed)
        finished = try privateDirectory.directory("deltas", create: closed)
        for directory in [archive, transfer, catalogueDirectory] { try scratch.requireMovable(to: directory) }
    }

    func attributes(mode: UInt32, modified: FileTime? = nil) -> FileAttributes {
        FileAttributes(mode: mode, owner: owner, modified: modified)
    }

    /// Publishes a small file of the repository, unless it already says the same.
    ///
    /// - Parameter modified: Its time, where that must tell it from its predecessor.
    func publish(_ bytes: [UInt8], in directory: Directory, as name: String, modified: FileTime? = nil) throws {
        if let file = try directory.fileIfPresent(name), try file.readAll(limit: .max - 1) == bytes { return }
        try directory.publish(
            bytes, as: name, attributes: attributes(mode: 0o664, modified: modified), scratch: scratch)
    }

    /// The catalogue that hosts see now; nil where there is none, or none that can be read.
    ///
    /// - Throws: `InvalidDocument`, for one that a newer Glare wrote; `SystemError`.
    func publishedCatalogue() throws -> Catalogue? {
        guard let file = try root.fileIfPresent(RepositoryLayout.catalogue) else { return nil }
        do {
            return try Catalogue(json: file.readAll(limit: Catalogue.sizeLimit), subject: file.path)
        } catch let error as InvalidDocument where error.isNewer {
            throw error
        } catch {
            return nil
        }
    }

    /// Takes the lock, gives `body` the repository as it stands, and publishes what it did.
    ///
    /// - Parameter known: What was read before.
    func change<Result>(known: Survey = Survey(), _ body: (inout Change) throws -> Result) throws -> Result {
        try completed(known: known, body).result
    }

    /// The same, with what the change amounted to.
    func completed<Result>(
        known: Survey = Survey(), _ body: (inout Change) throws -> Result
    ) throws -> (result: Result, change: Change) {
        try locked {
            var change = try Change(self, known: known)
            let result: Result
            do {
                result = try body(&change)
            } catch {
                change.restoreTimes()
                throw error
            }
            try change.publish()
            return (result, change)
        }
    }

    /// Runs `body` with the lock: short, for others wait for it.
    func locked<Result>(_ body: () throws -> Result) throws -> Result {
        let lock = try DirectoryLock.acquire(
            in: privateDirectory, holder: options.holder, limit: options.lockWait, of: root.path
        ) {
            report(.waiting(holder: $0))
        }
        // Short, now that the lock is there: a signal waits, so that nobody finds it half done.
        return try withExtendedLifetime(lock) {
            try uninterrupted {
                try TemporaryFile.removeAbandoned(in: scratch)
                return try body()
            }
        }
    }
}

extension SystemError {
    /// Whether the name is not there, or not what it must be.
    var isMissing: Bool { code == .noSuchFileOrDirectory || code == .notDirectory }

    /// Also a symlink that leads to itself, and a socket.
    var meansNoFile: Bool { isMissing || code == .tooManySymbolicLinkLevels || code == .noSuchAddressOrDevice }
}
