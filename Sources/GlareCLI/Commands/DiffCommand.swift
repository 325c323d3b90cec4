import ArgumentParser
import GlareModel
import GlareRepository

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Tell how two versions differ, and what the update costs hosts.",
        discussion: """
            Of raw disks with ext4, also which files came, went and changed; that needs debugfs, of e2fsprogs, and \
            neither root nor a mount.
            """)

    @Argument(
        help: ArgumentHelp("The version to begin with: NAME@ID or NAME@-1.", valueName: "from"),
        completion: .imagesAndVersions)
    var from: String

    @Argument(
        help: ArgumentHelp(
            "The version to compare it with; the current one of the same image, if left out.", valueName: "to"),
        completion: .imagesAndVersions)
    var to: String?

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let from = try ImageReference(self.from)
        let to = try self.to.map { try ImageReference($0) } ?? ImageReference(from.image)
        let session = try Session(verbosity, json: json.json)
        let repository = try self.repository.open(session, command: "diff", mayBeUnsigned: true)
        let report = try await session.working {
            let found = try repository.difference(from: from, to: to)
            do {
                let files = try await FilesystemDifference.all(from: found.from, to: found.to)
                return DiffReport(found.difference, filesystems: files)
            } catch let error as CommandFailure {
                return DiffReport(found.difference, filesNotCompared: error.description)
            }
        }
        try report.tell(session.output)
    }
}
