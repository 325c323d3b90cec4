import ArgumentParser
import GlareModel
import GlareRepository

struct WithdrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Keep a version, and let no host install it.",
        discussion: """
            For one that turned out wrong. Hosts that have it are told why at their next sync, and keep it until \
            another version is current.
            """)

    @Argument(
        help: ArgumentHelp("The version: NAME@ID or NAME@-1; NAME alone for the current one.", valueName: "name"),
        completion: .imagesAndVersions)
    var reference: String

    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: ArgumentHelp("Why: hosts that have it are told.", valueName: "text"))
    var message: String?

    @Flag(help: "Take it back: hosts may install it again.")
    var undo = false

    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func validate() throws {
        guard undo != (message != nil) else { throw ValidationError("Give the reason with -m, or --undo.") }
        if let message, message.utf8.count > Withdrawal.reasonLimit {
            throw ValidationError(
                "The reason has \(message.utf8.count) bytes; hosts take up to \(Withdrawal.reasonLimit).")
        }
        if let message, message.safeForDisplay != message {
            throw ValidationError(
                "The reason has control characters, which would reach terminals; expected one line of text, found \(message.quotedForDisplay)."
            )
        }
    }

    func run() async throws {
        let reference = try ImageReference(self.reference)
        let session = try Session(verbosity, json: json.json)
        let repository = try self.repository.open(session, command: "withdraw")
        let marked = try await session.working { try repository.withdraw(reference, reason: message) }
        let report = MarksReport(marked)
        try report.tell(session.output, undo ? "hosts may install it again" : "withdrawn: no host installs it any more")
        if !undo && marked.isCurrent {
            session.output.note(
                "\(marked.version.image): hosts keep what they have, and new ones get none, until `glare set-current` or `glare add-image` gives them another version."
            )
        }
    }
}
