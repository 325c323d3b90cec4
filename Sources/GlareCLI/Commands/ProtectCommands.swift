import ArgumentParser
import GlareModel
import GlareRepository

struct ProtectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect", abstract: "Keep a version, whatever the limit.",
        discussion: "Neither the limit nor prune takes it, remove refuses it, and it does not count as one of LIMIT.")

    @OptionGroup var target: ProtectionTarget
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let repository = try self.repository.open(session, command: "protect")
        try await target.protect(true, in: repository, session)
    }
}

struct UnprotectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unprotect", abstract: "Let the limit take a version again.",
        discussion: "What protect did is undone; nothing goes at once.")

    @OptionGroup var target: ProtectionTarget
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let repository = try self.repository.open(session, command: "unprotect")
        try await target.protect(false, in: repository, session)
    }
}

/// The version that both are about.
struct ProtectionTarget: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The version: NAME@ID or NAME@-1; NAME alone for the current one.", valueName: "name"),
        completion: .imagesAndVersions)
    var reference: String

    fileprivate func protect(_ isProtected: Bool, in repository: Repository, _ session: Session) async throws {
        let reference = try ImageReference(self.reference)
        let marked = try await session.working { try repository.protect(reference, isProtected) }
        try MarksReport(marked).tell(session.output, isProtected ? "protected" : "not protected any more")
    }
}
