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
