import GlareModel
import GlareSync
import GlareSystem
import SystemPackage

/// The settings as `doctor` reads them: what is wrong with one is a finding, and the rest is looked at all the same.
struct DoctorSettings {
    let configuration: Configuration
    private var found: [HostFinding]

    init(_ configuration: Configuration) {
        self.configuration = configuration
        found = configuration.check().map { problem in
            HostFinding(
                problem.isError ? .problem : .warning, "settings", problem.description,
                mend: "`glare config` tells where each comes from")
        }
    }

    var findings: [HostFinding] {
        if found.contains(where: { $0.subject == "settings" }) { return found }
        return [HostFinding(.good, "settings", "all are as they should be")] + found
    }

    /// - Parameter mend: What to do where reading what a setting names fails.
    /// - Returns: Nil where it is not as it should be, which is told then.
    /// - Throws: `SettingError` for the command line: who has mistyped it wants to know just that.
    mutating func read<Value>(
        about subject: String = "settings", mend: String = "`glare config` tells where each comes from",
        _ value: (Configuration) throws -> Value
    ) throws -> Value? {
        do {
            return try value(configuration)
        } catch let error as SettingError {
            if error.isFromCommandLine { throw error }
            // The check has told of it.
            return nil
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory && isChecked(error.path) {
            return nil
        } catch {
            found.append(HostFinding(.problem, subject, "\(error)", mend: mend))
            return nil
        }
    }

    /// Whether the check tells where nothing is at this path.
    private func isChecked(_ path: String) -> Bool {
        Settings.files.contains { configuration.missingFile($0) == path }
    }

    /// The cache, by an absolute path. A relative one that somebody types is meant from where they are.
    mutating func target(option: String?) throws -> String? {
        guard let path = try read({ try $0.value(Settings.targetDirectory, option: option) }) ?? nil else { return nil }
        if option == nil { tellIfRelative(path, Settings.targetDirectory) }
        return absolutePath(path)
    }

    /// - Returns: Whether it was told that a path in the settings is another one wherever a sync is started.
    @discardableResult
    private mutating func tellIfRelative(_ path: String, _ setting: any AnySetting) -> Bool {
        guard !path.hasPrefix("/"), let origin = configuration.entry(of: setting)?.origin else { return false }
        found.append(
            HostFinding(
                .problem, "settings",
                "\(setting.key)=\(path) (\(origin)): \(HostFinding.relativePath)",
                mend: "write the whole path, \(setting.key)=\(absolutePath(path)) if that is meant"))
        return true
    }

    /// - Returns: The keys that can be read, and whether those are all that are named.
    mutating func trustedKeys(options: [String]) throws -> (keys: [PublicKey], areAll: Bool) {
        guard let words = try read({ try $0.list(Settings.trustedKey, options: options) }) else { return ([], false) }
        let mend = "let TRUSTED_KEY be the publisher's public key, or a file with it that this user may read"
        let keys = try words.compactMap { word in try read(about: "key", mend: mend) { try $0.trustedKey(word) } }
        return (keys, keys.count == words.count)
    }

    /// Looks at whether the next sync can write its metrics.
    mutating func lookAtMetrics() throws {
        guard let path = try read({ try $0.value(Settings.metricsFile) }) ?? nil,
            !tellIfRelative(path, Settings.metricsFile)
        else { return }
        do {
            try SyncMetricsFile(path: absolutePath(path), target: "").requireWritable()
            found.append(HostFinding(.good, "metrics", "\(path): can be written"))
        } catch {
            found.append(
                HostFinding(
                    .problem, "metrics", "METRICS_FILE: \(error), so no sync tells what it did",
                    mend: "let METRICS_FILE be a file in a directory that is there and that this user may write to"))
        }
    }
}
