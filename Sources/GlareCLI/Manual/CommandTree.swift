import ArgumentParser
import FoundationEssentials

/// The commands with their options, as ArgumentParser describes them (`ToolInfoV0`, of which this is what
/// the manual needs).
struct CommandTree: Decodable {
    let command: Command

    struct Command: Decodable {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let subcommands: [Command]?
        let arguments: [Argument]?
    }

    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }

        struct Name: Decodable {
            enum Kind: String, Decodable { case long, short, longWithSingleDash }
            let kind: Kind
            let name: String

            var text: String { kind == .long ? "--\(name)" : "-\(name)" }
        }

        let kind: Kind
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let abstract: String?

        /// `-d`, `--directory <dir>`.
        var usage: String {
            let value = "<\(valueName ?? "value")>"
            guard kind != .positional else { return value }
            // Short forms first, as every manual has them.
            let names = (names ?? []).sorted { $0.text.count < $1.text.count }.map { "`\($0.text)`" }
            return names.joined(separator: ", ") + (kind == .option ? " \(value)" : "")
        }

        /// As in a usage line: `[-d <dir>]`.
        var synopsis: String {
            let long = names?.first { $0.kind == .long } ?? names?.first
            let value = "<\(valueName ?? "value")>"
            let text =
                switch kind {
                case .positional: value
                case .option: "`\(long?.text ?? "")` \(value)"
                case .flag: "`\(long?.text ?? "")`"
                }
            return (isOptional ? "[\(text)]" : text) + (isRepeating ? "..." : "")
        }
    }

    /// - Throws: `DecodingError`, if ArgumentParser's description has changed.
    static func current() throws -> Command {
        try JSONDecoder().decode(CommandTree.self, from: Data(GlareCommand._dumpHelp().utf8)).command
    }
}
