public import GlareModel
import GlareSystem
public import GlareTransfer

/// Holds every file of a repository against what should be there, and changes nothing.
///
/// It may run beside publishers. What is large is read without the lock; then, with it, which takes no time, what
/// was read is held against what should be there at that moment. What was replaced in between is read once more.
public struct RepositoryVerification {
    /// A file that is another one each time is in motion, and not to be told.
    private static let rounds = 4

    private let path: String
    private let readings: ContentReadings

    /// - Parameter threads: Frames of a version that are read at a time.
    public init(path: String, threads: Int, activities: Activities = Activities()) {
        self.path = path
        readings = ContentReadings(activities: activities, threads: threads)
    }

    /// Looks at everything. What was read before, and not touched since, is not read again.
    ///
    /// - Throws: ``RepositoryError``; `InvalidDocument`, for what a newer Glare wrote; `SystemError`.
    public func run() throws -> VerificationReport { try report(on: faults()) }

    func faults() throws -> RepositoryFaults {
        var round = 1
        while true {
            let view = try RepositoryView(path: path)
            try readings.read(ExpectedContents(view, PublishedCatalogue(view)))
            let lock = try view.own.flatMap { try DirectoryLock.share(in: $0) }
            let faults = try withExtendedLifetime(lock) { try current() }
            if !faults.isUnsettled || round == Self.rounds { return faults }
            round += 1
        }
    }

    /// As it is now: for who has the lock.
    func current() throws -> RepositoryFaults { try RepositoryFaults(path: path, readings: readings) }

    func report(on faults: RepositoryFaults) -> VerificationReport {
        let (files, bytes) = readings.total
        return VerificationReport(findings: faults.findings, files: files, bytes: bytes, limits: faults.limits)
    }
}
