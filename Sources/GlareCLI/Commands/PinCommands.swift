import ArgumentParser
import GlareModel
import GlareSync

struct PinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep an image's name in the cache at one version.",
        discussion: "Syncs leave the name alone then. One that is not in the cache is fetched by the next sync.")

    @Argument(
        help: ArgumentHelp("The image at its version here, or NAME@ID or NAME@-1 for another.", valueName: "name"),
        completion: .imagesAndVersions)
    var reference: String

    @Option(Settings.diskDirectories) var diskDirs: [String] = []
    @OptionGroup var cache: PinOptions

    func run() async throws {
        let reference = try ImageReference(self.reference)
        let session = try Session(cache.verbosity, json: cache.json.json)
        let pinning = try cache.pinning(
            session, command: "pin",
            diskDirectories: session.configuration.list(Settings.diskDirectories, options: diskDirs))
        let result = try await session.working { try pinning.pin(reference) }
        try session.output.json(
            PinReport(
                image: result.version.image, version: result.version.id, outcome: result.outcome.rawValue,
                withdrawn: result.withdrawal))
        for event in result.events { session.output.tell(event) }
        if let withdrawal = result.withdrawal {
            session.output.warn(
                "\(result.version.reference) was withdrawn by its publisher: \(withdrawal.reason.safeForDisplay)")
        }
        let how =
            switch result.outcome {
            case .stays: "where it is"
            case .moved: "moved there"
            case .wanted: "the next sync fetches it, if the server still lists it"
            }
        session.output.result("\(result.version.image): pinned to version \(result.version.id): \(how)")
    }
}

struct UnpinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin", abstract: "Let an image's name in the cache move again.",
        discussion: "The next sync brings the current version.")

    @Argument(help: ArgumentHelp("The image.", valueName: "name"), completion: .images)
    var image: String

    @OptionGroup var cache: PinOptions

    func run() async throws {
        let image = try ImageName(self.image)
        let session = try Session(cache.verbosity, json: cache.json.json)
        let pinning = try cache.pinning(session, command: "unpin", diskDirectories: [])
        let version = try await session.working { try pinning.unpin(image) }
        try session.output.json(
            PinReport(image: image, version: version?.id, outcome: version == nil ? "not-pinned" : "unpinned"))
        session.output.result(
            version.map { "\(image): was pinned to version \($0.id), and moves with the next sync" }
                ?? "\(image): was not pinned")
    }
}

/// What both commands take.
struct PinOptions: ParsableArguments {
    @Option(Settings.targetDirectory) var targetDir: String?
    @Option(Settings.lockWait) var lockWait: String?
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func pinning(_ session: Session, command: String, diskDirectories: [String]) throws -> Pinning {
        Pinning(
            target: try requiredTarget(session.configuration, option: targetDir),
            diskDirectories: diskDirectories, asker: try session.lockAsker(command, option: lockWait))
    }
}

private struct PinReport: Encodable {
    let image: ImageName
    let version: VersionID?
    let outcome: String
    /// Of a version that is pinned although its publisher withdrew it.
    var withdrawn: Withdrawal?
}
