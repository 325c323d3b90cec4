import ArgumentParser
import GlareModel
import GlareSync

/// Which superseded versions of a cache stay: of every command that removes some.
struct RetentionOptions: ParsableArguments {
    @Option(Settings.keepUnused) var keepUnused: String?
    @Option(Settings.keepVersions) var keepVersions: String?
    @Option(Settings.diskDirectories) var diskDirs: [String] = []
    @Option(Settings.sharedCache) var sharedCache: String?

    /// Whether the command line says something of them.
    var isGiven: Bool { keepUnused != nil || keepVersions != nil || !diskDirs.isEmpty || sharedCache != nil }

    func policy(_ settings: Configuration) throws -> RetentionPolicy {
        let isSet = keepUnused != nil || settings.isSet(Settings.keepUnused)
        return RetentionPolicy(
            keepUnused: isSet ? try settings.required(Settings.keepUnused, option: keepUnused) : nil,
            keepVersions: try settings.required(Settings.keepVersions, option: keepVersions),
            diskDirectories: try settings.list(Settings.diskDirectories, options: diskDirs),
            sharing: try settings.required(Settings.sharedCache, option: sharedCache))
    }
}

/// The cache that a command is about.
///
/// - Throws: ``CommandFailure`` where none is named.
func requiredTarget(_ settings: Configuration, option: String?) throws -> String {
    guard let target = try settings.value(Settings.targetDirectory, option: option) else {
        throw CommandFailure(.usage, "no cache: name it with --target-dir, or set TARGET_DIR")
    }
    return absolutePath(target)
}

extension Session {
    /// Who asks for the lock of a cache, for the command of this name.
    func lockAsker(_ command: String, option: String?) throws -> LockAsker {
        LockAsker(
            holder: lockHolder(command), lockWait: try configuration.value(Settings.lockWait, option: option),
            onWait: { [output] in output.tell(.waiting(holder: $0)) })
    }
}

/// The value of an option that no setting stands behind.
///
/// - Throws: ``CommandFailure`` where it is not what is expected.
func parsed<Value>(_ text: String?, _ kind: SettingKind<Value>, option: String) throws -> Value? {
    try text.map { text in
        guard let value = kind.parse(text) else {
            throw CommandFailure(.usage, "\(option) \(text.quotedForDisplay): expected \(kind.expected)")
        }
        return value
    }
}
