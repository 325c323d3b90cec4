public import GlareModel

/// What to sync, from where, and how.
public struct SyncOptions: Sendable {
    public var target: String
    public var server: String
    public var downloadDirectory: String?
    /// Shell patterns of image names; empty for all.
    public var only: [NamePattern]
    public var dryRun: Bool
    /// Replace files of unknown content that stand under an image's name.
    public var adopt: Bool
    /// Remove images that are gone from the repository.
    public var delete: Bool
    /// Images fetched at a time.
    public var jobs: Int
    public var retry: RetryPolicy
    /// Seconds for which an unused version stays after it was superseded.
    public var keepUnused: Int64
    public var fileMode: UInt32
    /// Who is named to a second sync.
    public var holder: String
    /// Told of everything as it happens, from any thread.
    public var report: @Sendable (SyncEvent) -> Void

    public init(
        target: String, server: String, downloadDirectory: String?, only: [NamePattern], dryRun: Bool, adopt: Bool,
        delete: Bool, jobs: Int, retry: RetryPolicy, keepUnused: Int64, fileMode: UInt32, holder: String,
        report: @escaping @Sendable (SyncEvent) -> Void
    ) {
        self.target = target
        self.server = server
        self.downloadDirectory = downloadDirectory
        self.only = only
        self.dryRun = dryRun
        self.adopt = adopt
        self.delete = delete
        self.jobs = jobs
        self.retry = retry
        self.keepUnused = keepUnused
        self.fileMode = fileMode
        self.holder = holder
        self.report = report
    }

    func wants(_ name: ImageName) -> Bool { only.isEmpty || only.contains { $0.matches(name.text) } }
}
