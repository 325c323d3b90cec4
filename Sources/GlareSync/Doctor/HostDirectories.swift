import GlareModel
import GlareSystem
import SystemPackage

/// Looks at a cache's directory, and at the one for downloads.
struct HostDirectories {
    let target: String
    let sharing: Sharing
    let downloads: String?
    /// Length of the largest image that is offered, in bytes.
    let largest: Int64?

    func findings() -> [HostFinding] {
        do {
            guard let root = try Cache.directory(target) else { return [missing] }
            guard try root.status(of: RepositoryLayout.imageList) == nil else {
                return [HostFinding(.problem, "cache", "\(target): is a repository", mend: "name another TARGET_DIR")]
            }
            return writable(root) + (try [filesystem(of: root)] + space(in: root) + download(beside: root))
        } catch {
            return [HostFinding(.problem, "cache", "\(error)", mend: "name a directory that this user may enter")]
        }
    }

    private var missing: HostFinding {
        let parent = splitPath(target).directory
        if let directory = try? Directory.open(parent), (try? directory.requireWritable()) != nil {
            return HostFinding(.warning, "cache", "\(target): is not there yet", mend: "the first sync makes it")
        }
        return HostFinding(
            .problem, "cache", "\(target): is not there, and user \(effectiveUser) can't make it",
            mend: "as root: install -d -o USER \(target)")
    }

    private func writable(_ root: Directory) -> [HostFinding] {
        var own = [root]
        for name in [RepositoryLayout.archive, RepositoryLayout.privateDirectory] {
            do {
                if try root.status(of: name) != nil { own.append(try root.directory(name)) }
            } catch {
                return [refused("\(error)", root)]
            }
        }
        for directory in own {
            do {
                try directory.requireWritable()
            } catch {
                return [refused("\(error)", root)]
            }
        }
        return [HostFinding(.good, "cache", "\(target): user \(effectiveUser) may write there")]
    }

    private func refused(_ message: String, _ root: Directory) -> HostFinding {
        let owner = (try? root.status().owner).map { "user \($0)" } ?? "its owner"
        return HostFinding(
            .problem, "cache", message,
            mend:
                "run syncs as \(owner), whose directory it is, or give it to the one who does: chown -R USER \(target)")
    }

    private func filesystem(of root: Directory) -> HostFinding {
        guard let reason = sharing.reason(of: root) else {
            return HostFinding(.good, "filesystem", "\(target): this host's alone")
        }
        return HostFinding(
            .warning, "filesystem", "\(target): \(reason): no version is ever removed by a host",
            mend: "if this host alone has it, set SHARED_CACHE=no; else remove versions by hand")
    }

    private func space(in root: Directory) throws -> [HostFinding] {
        guard let largest else { return [] }
        let free = try root.freeSpace()
        let text = "\(free >> 20) MiB are free, the largest image has \(largest >> 20) MiB"
        if free >= largest { return [HostFinding(.good, "space", text)] }
        return [
            HostFinding(
                .warning, "space", "\(target): \(text): an update may not fit",
                mend: "`glare prune --dry-run` tells what keeps older versions")
        ]
    }

    private func download(beside root: Directory) throws -> [HostFinding] {
        guard let downloads else { return [] }
        do {
            let place = try Directory.open(downloads)
            guard try place.status().stamp.device == root.status().stamp.device else {
                return [
                    HostFinding(
                        .problem, "downloads", "\(downloads): is on another filesystem than the cache, and is not used",
                        mend: "take DOWNLOAD_DIR out of the settings, or name a directory on the cache's filesystem")
                ]
            }
            try place.requireWritable()
            return [HostFinding(.good, "downloads", "\(downloads): on the cache's filesystem")]
        } catch {
            return [
                HostFinding(
                    .problem, "downloads", "\(error)", mend: "name a DOWNLOAD_DIR that is there and may be written to")
            ]
        }
    }
}
