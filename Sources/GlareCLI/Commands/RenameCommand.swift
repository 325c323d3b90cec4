import ArgumentParser
import GlareModel
import GlareRepository

struct RenameCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give an image another name.",
        discussion: """
            All its versions, what was said of them, and its changelog go along. To hosts it is a new image, which \
            they make of what they have; the old one is gone from the repository.
            """)

    @Argument(help: ArgumentHelp("What the image is called now.", valueName: "old"), completion: .images)
    var old: String

    @Argument(help: ArgumentHelp("What it is to be called.", valueName: "new"))
    var new: String

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    private struct Report: Encodable {
        let old, new: ImageName
        let versions: [AddImageReport.Version]
    }

    func run() async throws {
        let (old, new) = (try ImageName(self.old), try ImageName(self.new))
        let session = try Session(verbosity, json: json.json)
        let repository = try self.repository.open(session, command: "rename")
        let result = try await session.working { try repository.rename(old, to: new) }
        session.output.result(
            "\(old): called \(new) from now on, with \(Readable.count(result.versions.count, "version"))")
        try session.output.json(Report(old: old, new: new, versions: result.versions.map(AddImageReport.Version.init)))
    }
}
