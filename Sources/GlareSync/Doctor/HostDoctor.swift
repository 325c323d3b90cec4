import FoundationEssentials
public import GlareModel
import GlareSystem
import SystemPackage

/// Looks at all that a host needs to sync, and changes nothing.
public struct HostDoctor: Sendable {
    /// Nil where none is named.
    public var target: String?
    /// Nil where it is not known which, or how they are reached: that is told already.
    public var servers: [String]? = []
    public var http = HTTPOptions()
    public var trustedKeys: [PublicKey] = []
    /// Whether those are all that are named: what is wrong with the others is told already.
    public var hasAllKeys = true
    public var downloadDirectory: String?
    /// Nil where it is not known which.
    public var diskDirectories: [String]? = []
    public var sharing = Sharing.auto
    /// The images that this host wants; nil where it is not known which.
    public var only: ImageFilter? = ImageFilter()
    /// ON_UPDATE, where it is set.
    public var hook: String?

    public init() {}

    public func findings() async throws -> [HostFinding] {
        var findings: [HostFinding] = []
        if servers == [] {
            findings.append(
                HostFinding(.problem, "settings", "no server is named", mend: "set SERVER in /etc/glare.conf"))
        }
        var largest: Int64?
        var answering: [String] = []
        for server in servers ?? [] {
            let (found, answers, size) = await look(at: server)
            findings += found
            if answers { answering.append(server) }
            largest = [largest, size].compactMap { $0 }.max()
        }
        if let keys { findings.append(keys) }
        findings += await names(on: answering)
        let needed = largest
        return findings + (try await FileThreads.run { local(largest: needed) })
    }

    private func names(on servers: [String]) async -> [HostFinding] {
        guard !servers.isEmpty, let only, let target, let root = try? Directory.open(target) else { return [] }
        return await HostNames(root, servers: servers, http: http, trustedKeys: trustedKeys, only: only).findings()
    }

    // MARK: Servers

    /// - Returns: Also whether it has what can be synced, and the length of its largest image, in bytes.
    private func look(at server: String) async -> ([HostFinding], answers: Bool, largest: Int64?) {
        let shown = redacted(server)
        let start = ContinuousClock.now
        do {
            let meter = TransferMeter()
            let offer = try await Servers([server], http: http, meter: meter).during { mirrors in
                try await mirrors.run(.never) { try await Inventory.offer(of: $0, trustedKeys) }
            }
            let time = (ContinuousClock.now - start).formattedSeconds
            let count = offer.images.count
            var found = [HostFinding(.good, "server", "\(shown): \(count) image\(count == 1 ? "" : "s"), in \(time)")]
            guard case .catalogue(let catalogue, _, _) = offer else {
                found.append(
                    HostFinding(
                        .warning, "server", "\(shown): has no catalogue: images come as whole files alone",
                        mend: "the publisher runs `glare rebuild-index`"))
                return (found, true, nil)
            }
            found.append(clock(against: catalogue, meter.serversLead, shown))
            return (found, true, catalogue.images.map(\.size).max())
        } catch {
            return ([HostFinding(.problem, "server", "\(error)", mend: Self.mend(of: error))], false, nil)
        }
    }

    /// Clocks are allowed to differ by ten minutes, as with signatures.
    ///
    /// - Parameter lead: Seconds by which the server's clock is ahead, as it says itself; nil where it does not.
    private func clock(against catalogue: Catalogue, _ lead: Int64?, _ server: String) -> HostFinding {
        let mend = "let the clock be set: `timedatectl set-ntp true`"
        if let lead, abs(lead) > 600 {
            return HostFinding(
                .problem, "clock",
                "this host's clock is \(abs(lead) / 60) minutes \(lead > 0 ? "behind" : "ahead of") that of \(server)",
                mend: "\(mend), here or there")
        }
        let ahead = catalogue.created.timeIntervalSinceNow
        guard ahead > 600 else {
            return HostFinding(
                .good, "clock", lead == nil ? "not behind what \(server) published" : "agrees with that of \(server)")
        }
        return HostFinding(
            .problem, "clock",
            "this host's clock is \(Int(ahead / 60)) minutes behind: \(server) has a catalogue of \(catalogue.created.formatted(.iso8601))",
            mend: mend)
    }

    private static func mend(of error: any Error) -> String {
        switch error {
        case SyncError.notTrusted: "compare TRUSTED_KEY with the publisher's: `man glare-keygen`"
        case SyncError.unreachable: "look at the address, the network, and the proxy's variables"
        case is SyncError: "look at the address, and at what the server says: `glare list -s` it"
        default: "look at the settings for reaching servers: `glare config`"
        }
    }

    private var keys: HostFinding? {
        if !trustedKeys.isEmpty {
            return HostFinding(.good, "key", trustedKeys.map(\.id.description).joined(separator: ", "))
        }
        guard hasAllKeys else { return nil }
        return HostFinding(
            .warning, "key", "nothing proves that images are the publisher's",
            mend: "set TRUSTED_KEY to the publisher's public key")
    }

    // MARK: This machine

    private func local(largest: Int64?) -> [HostFinding] {
        var findings: [HostFinding] = []
        if let target {
            findings += HostDirectories(
                target: target, sharing: sharing, downloads: downloadDirectory, largest: largest
            )
            .findings()
            if let root = try? Directory.open(target) {
                findings += HostDocuments(root: root, isSigned: !trustedKeys.isEmpty || !hasAllKeys).findings()
            }
            findings += disks(of: target)
        } else {
            findings.append(
                HostFinding(.problem, "settings", "no cache is named", mend: "set TARGET_DIR in /etc/glare.conf"))
        }
        if let hook = hook.flatMap({ HostHook(command: $0).finding() }) { findings.append(hook) }
        findings.append(tool)
        return findings
    }

    private var tool: HostFinding {
        guard (try? ChildProcess.run("qemu-img", ["--version"], seconds: 20))?.status == 0 else {
            return HostFinding(
                .warning, "tools", "qemu-img does not run: `glare clone` needs it",
                mend: "install it (Debian and Ubuntu: qemu-utils)")
        }
        return HostFinding(.good, "tools", "qemu-img runs")
    }

    private func disks(of target: String) -> [HostFinding] {
        guard let root = try? Directory.open(target) else { return [] }
        let archive = try? root.directory(RepositoryLayout.archive)
        let state = (try? Cache(path: target).state) ?? CacheState()
        guard let survey = try? DiskSurvey(of: root, archive: archive, state, in: diskDirectories ?? []) else {
            return []
        }
        var findings = survey.names.keys.sorted().flatMap { name -> [HostFinding] in
            guard let image = try? ImageName(name), let disks = survey.disks(on: image) else { return [] }
            let use = NameInUse(image, disks, archive: archive, state: state)
            return disks.map { disk in
                HostFinding(
                    .problem, "disks",
                    "\(disk.path)\(use.users(of: disk)): is made on the name \(image), which does not move for that",
                    mend: use.rebase(disk) ?? "rebase it on a version (`qemu-img rebase -u`), or remove it")
            }
        }
        findings += survey.unseen.map { reason in
            HostFinding(
                .problem, "disks", "\(reason): no version is removed until it can be read",
                mend:
                    "let user \(effectiveUser), whom syncs run as if this did, read it, or leave it out with !PATH in DISK_DIRS"
            )
        }
        findings += survey.empty.map { directory in
            HostFinding(
                .warning, "disks", "\(directory): a directory of disks with nothing in it",
                mend: "see whether its filesystem is mounted, or leave it out with !\(directory) in DISK_DIRS")
        }
        guard let diskDirectories else { return findings }
        if diskDirectories.isEmpty {
            findings.append(
                HostFinding(
                    .good, "disks",
                    "DISK_DIRS is not set: disks that were made by hand are not known, and versions stay 30 days"))
        } else if findings.isEmpty {
            findings.append(
                HostFinding(.good, "disks", "all under DISK_DIRS can be read, and none is made on a moving name"))
        }
        return findings
    }
}
