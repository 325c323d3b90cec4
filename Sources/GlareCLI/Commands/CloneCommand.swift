import ArgumentParser
import GlareModel
import GlareSync

struct CloneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone", abstract: "Make a disk for a new VM from an image in the cache.",
        discussion: "It is made on the image's version, so that no later update changes it.")

    @Argument(
        help: ArgumentHelp("The image, or NAME@ID or NAME@-1 for an older version.", valueName: "name"),
        completion: .imagesAndVersions)
    var reference: String

    @Argument(help: ArgumentHelp("The disk to make.", valueName: "disk"), completion: .file())
    var disk: String

    @Option(
        help: ArgumentHelp(
            "qcow2, an overlay on the image, which is the default; or raw, a copy.", valueName: "format"),
        completion: .list(DiskClone.Format.allCases.map(\.rawValue)))
    var format: String?

    @Option(help: ArgumentHelp("Size of the disk, such as 40G, if larger than the image's.", valueName: "size"))
    var size: String?

    @Flag(help: "Replace a disk that is there.")
    var force = false

    @Option(Settings.targetDirectory) var targetDir: String?
    @Option(Settings.lockWait) var lockWait: String?
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let format = try parsed(self.format, .cloneFormat, option: "--format") ?? .qcow2
        let size = try parsed(self.size, .size(atLeast: 1, "40G or 500M"), option: "--size")
        guard !disk.isEmpty, !disk.hasSuffix("/") else {
            throw CommandFailure(.usage, "\(disk.quotedForDisplay): expected the path of a disk")
        }
        let reference = try ImageReference(self.reference)
        let session = try Session(verbosity, json: json.json)
        let clone = DiskClone(
            target: try requiredTarget(session.configuration, option: targetDir), reference: reference,
            disk: absolutePath(disk), format: format, size: size, force: force,
            asker: try session.lockAsker("clone", option: lockWait))
        let result = try await session.working { try clone.make() }
        try CloneReport(result, clone).tell(session.output)
    }
}

extension SettingKind<DiskClone.Format> {
    static let cloneFormat = SettingKind(
        expected: "qcow2 or raw", placeholder: "format", parse: DiskClone.Format.init(rawValue:))
}
