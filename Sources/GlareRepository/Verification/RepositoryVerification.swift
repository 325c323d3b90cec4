public import GlareModel
import GlareSystem
public import GlareTransfer
import Glibc

/// Holds every file of a repository against what should be there, and changes nothing.
///
/// It may run beside publishers. What is large is read without the lock; then, with it, which takes no time, what
/// was read is held against what should be there at that moment. What was replaced in between is read once more.
public struct RepositoryVerification: Sendable {
    /// A file that is another one each time is in motion, and not to be told.
    private static let rounds = 4

    private let path: String
    private let lockWait: Int64?
    private let report: @Sendable (RepositoryNotice) -> Void
    private let readings: ContentReadings

    /// - Parameters:
    ///   - threads: Frames of a version that are read at a time.
    ///   - lockWait: Seconds to wait for a publisher; nil for as long as it takes.
    public init(
        path: String, threads: Int, lockWait: Int64? = nil, activities: Activities = Activities(),
        report: @escaping @Sendable (RepositoryNotice) -> Void
    ) {
        self.path = path
        self.lockWait = lockWait
        self.report = report
        readings = ContentReadings(activities: activities, threads: threads)
    }

    /// Looks at everything. What was read before, and not touched since, is not read again.
    ///
    /// - Throws: ``RepositoryError``; `InvalidDocument`, for what a newer Glare wrote; `LockHeld`, `SystemError`.
    public func run() throws -> VerificationReport { try report(on: faults()) }

    func faults() throws -> RepositoryFaults {
        var last: RepositoryFaults?
        for _ in 0..<Self.rounds {
            let view = try RepositoryView(path: path)
            try readings.read(ExpectedContents(view, PublishedCatalogue(view)))
            let lock = try view.own.flatMap { own in
                try DirectoryLock.share(in: own, limit: lockWait, of: path) { report(.waiting(holder: $0)) }
            }
            let faults = try withExtendedLifetime(lock) { try current() }
            // Whoever can't have the lock may see a publish half done: what is wrong must stay so.
            let isSeenTwice = lock != nil || faults.told.all.isEmpty || faults.told.all == last?.told.all
            if !faults.isUnsettled && isSeenTwice { return faults }
            if !isSeenTwice { sleep(1) }
            last = faults
        }
        return try last ?? current()
    }

    /// As it is now: for who has the lock.
    func current() throws -> RepositoryFaults { try RepositoryFaults(path: path, readings: readings) }

    func report(on faults: RepositoryFaults) -> VerificationReport {
        let (files, bytes) = readings.files.total
        return VerificationReport(
            findings: faults.told.all, files: files, bytes: bytes, limits: faults.limits, sound: faults.told.sound)
    }
}
