import ArgumentParser
import GlareModel
import GlareSync

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show an image's changelog, newest first.")

    @Argument(
        help: ArgumentHelp("The image, or NAME@ID for what is said of one version.", valueName: "name"),
        completion: .imagesAndVersions)
    var reference: String

    @OptionGroup var source: SourceOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    private struct Report: Encodable {
        let name: ImageName
        let entries: [Changelog.Entry]
    }

    func run() async throws {
        let reference = try ImageReference(self.reference)
        let session = try Session(verbosity, json: json.json)
        guard case .servers(let servers, let trusted) = try source.source(cache: nil, session.configuration) else {
            throw CommandFailure(.usage, "a cache has no changelog: name a repository with --directory or --server")
        }
        var entries = try await Inventory.changelog(
            of: reference.image, on: servers, trustedKeys: trusted, http: source.network.http(session.configuration))
        if !trusted.isEmpty {
            session.output.note(
                "What follows is the server's word: the signature covers the images, not what is said of them.")
        }
        if reference.selector != .current {
            // A version that became current again has several entries, and stands where the newest does.
            let ids = entries.map(\.id).uniqued()
            let id = try reference.resolve(among: ids, current: ids.first)
            entries.removeAll { $0.id != id }
        }
        try session.output.json(Report(name: reference.image, entries: entries))
        if !json.json { session.output.data(entries.map(Self.text).joined()) }
    }

    private static func text(_ entry: Changelog.Entry) -> String {
        let message = entry.message.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "    \(String($0).safeForDisplay)\n" }.joined()
        return "\(Style.standardOutput.strong(entry.id.text))  \(entry.date.safeForDisplay)\n\(message)\n"
    }
}

extension Sequence where Element: Hashable {
    /// Each once, where it first stands.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
