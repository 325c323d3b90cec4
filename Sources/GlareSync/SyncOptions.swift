public import GlareModel
public import GlareTransfer

/// What of an older version is verified again when a new one takes it over.
public enum Verification: String, CaseIterable, Sendable {
    /// All.
    case full
    /// What is not, by its manifest, as it was when it was last verified.
    case changed
}

/// What to sync, from where, and how.
public struct SyncOptions: Sendable {
    public var target: String
    /// Addresses of the repository, the preferred first; at least one.
    public var servers: [String]
    public var http: HTTPOptions
    /// Keys of which one must have signed the catalogue; none: it is taken as it comes.
    public var trustedKeys: [PublicKey]
    /// Whether images that no host should open are taken all the same.
    public var allowUnsafe: Bool
    /// Bytes of the disk that a VM sees; a larger one is refused.
    public var largestDisk: Int64
    /// Forget which repository, and which of its catalogues, was seen here before.
    public var resetTrust: Bool
    public var downloadDirectory: String?
    public var only: ImageFilter
    public var dryRun: Bool
    /// Replace files of unknown content that stand under an image's name.
    public var adopt: Bool
    /// Remove images that are gone from the repository.
    public var delete: Bool
    /// Images fetched at a time.
    public var jobs: Int
    /// Requests for parts of one image at a time.
    public var connections: Int
    public var verification: Verification
    public var retry: RetryPolicy
    /// Which superseded versions stay.
    public var retention: RetentionPolicy
    public var fileMode: UInt32
    /// Seconds to wait while another sync has the cache; nil leaves it to that one.
    public var lockWait: Int64?
    /// Names in the archive of versions that are known to be wrong: nothing is taken from them, and what stands for
    /// one of them is fetched again.
    public var wrong: Set<String> = []
    /// Who is named to a second sync.
    public var holder: String
    /// Where what takes a while is listed.
    public var activities: Activities
    /// Told of everything as it happens, from any thread.
    public var report: @Sendable (SyncEvent) -> Void

    public init(
        target: String, servers: [String], http: HTTPOptions, trustedKeys: [PublicKey], resetTrust: Bool,
        allowUnsafe: Bool, largestDisk: Int64, downloadDirectory: String?, only: ImageFilter, dryRun: Bool,
        adopt: Bool, delete: Bool, jobs: Int, connections: Int, verification: Verification, retry: RetryPolicy,
        retention: RetentionPolicy, fileMode: UInt32, holder: String, activities: Activities = Activities(),
        report: @escaping @Sendable (SyncEvent) -> Void
    ) {
        self.target = target
        self.servers = servers
        self.http = http
        self.trustedKeys = trustedKeys
        self.resetTrust = resetTrust
        self.allowUnsafe = allowUnsafe
        self.largestDisk = largestDisk
        self.downloadDirectory = downloadDirectory
        self.only = only
        self.dryRun = dryRun
        self.adopt = adopt
        self.delete = delete
        self.jobs = jobs
        self.connections = connections
        self.verification = verification
        self.retry = retry
        self.retention = retention
        self.fileMode = fileMode
        self.holder = holder
        self.activities = activities
        self.report = report
    }

    /// - Parameter properties: As the catalogue has them; nil where it has none.
    func wants(_ name: ImageName, _ properties: ImageProperties?) -> Bool { only.matches(name, properties) }
}
