import GlareModel
import GlareSystem

/// Finds what stands under images' names and is left alone by sync: by a sync that changes nothing, so that both
/// say the same.
struct HostNames {
    let root: Directory
    let options: SyncOptions

    /// - Parameters:
    ///   - servers: Those that answer.
    ///   - http: How they are reached.
    init(_ root: Directory, servers: [String], http: HTTPOptions, trustedKeys: [PublicKey], only: ImageFilter) {
        self.root = root
        options = SyncOptions(
            target: root.path, servers: servers, http: http, trustedKeys: trustedKeys, resetTrust: false,
            allowUnsafe: false, largestDisk: .max, downloadDirectory: nil, only: only, dryRun: true, adopt: false,
            delete: false, jobs: 1, connections: 1, verification: .full, retry: .never,
            retention: RetentionPolicy(keepUnused: nil, keepVersions: 0, diskDirectories: [], sharing: .auto),
            fileMode: 0o444, holder: "", report: { _ in })
    }

    func findings() async -> [HostFinding] {
        // A sync asks for each image: not for nothing.
        guard hasStrangers else { return [] }
        // What keeps a sync from happening is told by those who look at the server, the keys and the cache.
        guard let report = try? await Sync(options).run() else { return [] }
        return report.images.compactMap { name, outcome in
            guard case .leftAlone = outcome else { return nil }
            return HostFinding(.problem, "cache", "\(name): \(outcome)", mend: mend(name))
        }
    }

    /// Whether there is anything that may stand under an image's name, and that no sync placed.
    private var hasStrangers: Bool {
        guard let state = try? Cache(path: root.path).state, let names = try? root.names() else { return true }
        return names.contains { name in
            (try? ImageName(name)) != nil && state.images[name] == nil && name != RepositoryLayout.archive
        }
    }

    private func mend(_ name: ImageName) -> String {
        let away = "move \(root.path(of: name.text)) away: the next sync puts the image there"
        let isDirectory = (try? root.status(of: name.text))?.kind == .directory
        return isDirectory ? away : "\(away); or, if nobody needs it, let `glare sync --adopt` replace it"
    }
}
