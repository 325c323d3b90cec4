import ArgumentParser
import GlareModel
import GlareRepository

struct AnnotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate", abstract: "Say more of a version: its properties.",
        discussion: "Shown by list, and for hosts to choose by: `glare sync --only arch=x86_64`.")

    @Argument(
        help: ArgumentHelp("The version: NAME@ID or NAME@-1; NAME alone for the current one.", valueName: "name"),
        completion: .imagesAndVersions)
    var reference: String

    @Argument(
        help: ArgumentHelp("What to say, such as arch=x86_64; NAME= removes it.", valueName: "name=value"))
    var properties: [String]

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let reference = try ImageReference(self.reference)
        let assignments = try properties.map { try PropertyAssignment($0) }
        let session = try Session(verbosity, json: json.json)
        let repository = try self.repository.open(session, command: "annotate")
        let marked = try await session.working { try repository.annotate(reference, assignments) }
        let said = marked.marks.properties?.sorted.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        try MarksReport(marked).tell(session.output, said ?? "no properties")
    }
}
