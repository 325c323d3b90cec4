/// Every setting there is: what reads, offers or documents them goes by this table.
enum Settings {
    static let directory = Setting(
        "DIRECTORY", short: "d", .directory, fallback: "/var/www/html/vm_images", for: .publisher, "The repository")
    static let limit = Setting(
        "LIMIT", short: "l", .count(atLeast: 1), fallback: "5", for: .publisher, "Versions to keep of an image")
    static let grace = Setting(
        "GRACE", .duration, fallback: "24h", for: .publisher,
        "How long a version's file stays after it left the catalogue, for hosts that are downloading it")
    static let fileMode = Setting(
        "FILE_MODE", .fileMode, fallback: "0444", for: .publisher,
        "Permissions of a version's file, in octal, in a repository and in a cache")
    static let level = Setting(
        "ZSTD_LEVEL", .compressionLevel, fallback: "3", for: .publisher,
        "How hard to compress what hosts fetch: zstd's level")
    static let deltas = Setting(
        "DELTAS", .countOrAll, fallback: "all", for: .publisher,
        "From how many older versions of an image, the newest first, hosts get a delta into its new one")
    static let deltaTime = Setting(
        "DELTA_TIME", .duration, fallback: "10m", for: .publisher,
        "How long a publish waits for its deltas; rebuild-index makes what was not finished then")
    static let memory = Setting(
        "MEMORY", .size(atLeast: 320 << 20, "320M, the least, or 1G"), fallback: "1G", for: .publisher,
        "What making deltas may take of memory")
    static let signKey = Setting(
        "SIGN_KEY", .file, for: .publisher, "The secret key that signs the catalogue: keygen's, or minisign's")
    static let signExpires = Setting(
        "SIGN_EXPIRES", .durationOrNever, fallback: "90d", for: .publisher,
        "How long hosts take a signature for current, or never, if it does not expire")

    static let largestDisk = Setting(
        "LARGEST_DISK", .size(atLeast: 1 << 20, "64G or 16T"), fallback: "16T", for: .publisher,
        "The largest disk, as a VM sees it, that an image may have, here and on hosts")

    static let lockWait = Setting(
        "LOCK_WAIT", .duration, for: .publisher,
        "How long to wait while another command changes the same repository or cache; if it is not set, publishers wait as long as it takes, and sync leaves the cache to the other sync"
    )

    static let host = Setting(
        "HOST", .address, fallback: "127.0.0.1", for: .server,
        "Address to listen on; 0.0.0.0 or :: for all of this machine's")
    static let port = Setting(
        "PORT", .port, fallback: "8080", for: .server, "Port to listen on; 0 for a free one")

    static let listen = Setting(
        "LISTEN", .listenAddresses, for: .server,
        "Where to listen, in place of HOST and PORT: HOST:PORT, or unix:PATH for a Unix socket; several with blanks between"
    )
    static let adminListen = Setting(
        "ADMIN_LISTEN", .listenAddress, for: .server,
        "Where /metrics and /healthz are, and nothing else; nowhere, if it is not said")
    static let tlsCertificate = Setting(
        "TLS_CERT", .file, for: .server,
        "The server's certificate, in PEM, followed by those between it and an authority; makes it HTTPS")
    static let tlsKey = Setting(
        "TLS_KEY", .file, for: .server, "Its private key, in PEM; by default in the certificate's file")
    static let readers = Setting(
        "READERS", .file, for: .server,
        "Who may read: a file of NAME:DIGEST, one a line, with the SHA-256 of a secret; everybody, if it is not said")
    static let maximumConnections = Setting(
        "MAX_CONNECTIONS", .count(atLeast: 1), fallback: "4096", for: .server, "Connections at a time")
    static let maximumConnectionsPerAddress = Setting(
        "MAX_CONNECTIONS_PER_ADDRESS", .count(atLeast: 0), fallback: "0", for: .server,
        "Connections at a time of one client's address, behind which may be many hosts; 0 for no limit")
    static let accessLog = Setting(
        "ACCESS_LOG", .accessLogFormat, fallback: "combined", for: .server,
        "How each request is told on standard output: in the Combined Log Format, as JSON, or not")

    static let server = Setting(
        "SERVER", short: "s", .servers, for: .host,
        "Address of the repository; of several, which serve the same, the first that answers is taken"
    )
    static let trustedKey = Setting(
        "TRUSTED_KEY", .keys, for: .host,
        "The publisher's public key, or a file that has it; what no such key has signed is not installed")
    static let targetDirectory = Setting("TARGET_DIR", short: "t", .directory, for: .host, "The cache")
    static let allowUnsafe = Setting(
        "ALLOW_UNSAFE", .flag, fallback: "no", for: .host,
        "Whether images that no host should open, and that were published all the same, are installed")
    static let only = Setting(
        "ONLY", .patterns, for: .host,
        "Shell patterns of the images that this host wants, by name, or by a property as in arch=x86*; all, where none is named"
    )
    static let downloadDirectory = Setting(
        "DOWNLOAD_DIR", short: "d", .directory, for: .host,
        "Where downloads go first; used if it is on the cache's filesystem")
    static let jobs = Setting(
        "JOBS", short: "j", .count(atLeast: 1), fallback: "2", for: .host, "Images to sync at a time")
    static let connections = Setting(
        "CONNECTIONS", .count(atLeast: 1), fallback: "4", for: .host, "Requests for parts of an image at a time")
    static let verify = Setting(
        "VERIFY", .verification, fallback: "full", for: .host,
        "Whether what is taken over from an older version is read and verified again, or where that file has changed since it was"
    )
    static let keepUnused = Setting(
        "KEEP_UNUSED", .duration, fallback: "30d", for: .host,
        "How long a cache keeps superseded versions after their last use; with DISK_DIRS no time, unless this is set")
    static let keepVersions = Setting(
        "KEEP_VERSIONS", .count(atLeast: 0), fallback: "1", for: .host,
        "Superseded versions of each image that a cache keeps in any case, the newest")
    static let diskDirectories = Setting(
        "DISK_DIRS", .directories, for: .host,
        "Where the disks of this host's VMs are, with all below but what a !PATTERN leaves out; versions that they are made on stay"
    )
    static let sharedCache = Setting(
        "SHARED_CACHE", .sharing, fallback: "auto", for: .host,
        "Whether several hosts have the cache, so that nothing is removed from it; auto: if its filesystem is one of a network"
    )
    static let onUpdate = Setting(
        "ON_UPDATE", .command, for: .host,
        "A command to run after a sync changed an image, with its name, versions and paths in the environment")
    static let onUpdateTime = Setting(
        "ON_UPDATE_TIME", .time, fallback: "60s", for: .host, "How long that may take; then it is ended")
    static let interval = Setting(
        "INTERVAL", .time, fallback: "5m", for: .host,
        "How long a sync that watches waits before it looks again, a fifth more or less")
    static let startDelay = Setting(
        "START_DELAY", .duration, fallback: "0", for: .host,
        "Wait up to so long before anything is asked, a random time, so that many hosts don't come at once")

    static let metricsFile = Setting(
        "METRICS_FILE", .file, for: .host,
        "File for node_exporter's textfile collector, NAME.prom: what the last sync did, and counts over all")

    static let retries = Setting(
        "RETRIES", .count(atLeast: 0), fallback: "4", for: .network,
        "Further attempts when a server fails for the moment")
    static let retryWait = Setting(
        "RETRY_WAIT", .duration, fallback: "1s", for: .network, "Wait before the first of them; it doubles with each")
    static let limitRate = Setting(
        "LIMIT_RATE", .rate, fallback: "0", for: .network, "Bytes per second to download at most, over all connections")
    static let stallTime = Setting(
        "STALL_TIME", .time, fallback: "60s", for: .network,
        "A server that sends nothing for so long, or less than STALL_SPEED, has stalled: it is asked again")
    static let stallSpeed = Setting(
        "STALL_SPEED", .leastRate, fallback: "1K", for: .network,
        "Bytes per second that a server must send, on average over STALL_TIME")
    static let header = Setting(
        "HEADER", .header, for: .network, "A header to send with every request to the server, or @FILE with one a line")
    static let netrc = Setting(
        "NETRC", .file, fallback: "~/.netrc", for: .network, "File with names and passwords for servers")
    static let caFile = Setting(
        "CA_FILE", .file, for: .network,
        "Authorities that may sign a server's certificate, in PEM, in place of the system's")
    static let clientCertificate = Setting(
        "CLIENT_CERT", .file, for: .network, "Certificate to show to servers, in PEM")
    static let clientKey = Setting(
        "CLIENT_KEY", .file, for: .network, "Its private key, in PEM; by default in the certificate's file")

    static let all: [any AnySetting] = [
        directory, limit, grace, fileMode, level, deltas, deltaTime, memory, signKey, signExpires, largestDisk,
        lockWait,
        host, port, listen, adminListen, tlsCertificate, tlsKey, readers, maximumConnections,
        maximumConnectionsPerAddress, accessLog,
        server, trustedKey, allowUnsafe, targetDirectory, only, downloadDirectory, jobs, connections, verify,
        keepUnused, keepVersions, diskDirectories, sharedCache, onUpdate, onUpdateTime, interval,
        startDelay, metricsFile,
        retries, retryWait, limitRate, stallTime, stallSpeed, header, netrc, caFile, clientCertificate, clientKey,
    ]

    /// Those that name a file which must be there.
    static let files = [signKey, tlsCertificate, tlsKey, readers, netrc, caFile, clientCertificate, clientKey]

    /// All keys, for telling a mistyped one.
    static let keys = all.map(\.key)
}
