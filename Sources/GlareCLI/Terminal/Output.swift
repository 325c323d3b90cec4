import ArgumentParser
import GlareModel

/// How much a command says.
enum Verbosity: EnumerableFlag {
    case quiet, verbose

    static func name(for value: Verbosity) -> NameSpecification { .shortAndLong }

    static func help(for value: Verbosity) -> ArgumentHelp? {
        switch value {
        case .quiet: "Say nothing but what is wrong."
        case .verbose: "Say what is done, and why."
        }
    }
}

struct VerbosityOptions: ParsableArguments {
    @Flag(exclusivity: .exclusive)
    var verbosity: Verbosity?
}

struct JSONOption: ParsableArguments {
    @Flag(help: "Print one JSON object: bytes, and ISO 8601 times.")
    var json = false
}

/// What a command says, and to whom: results for people or for programs to standard output, the rest to
/// standard error.
struct Output: Sendable {
    let verbosity: Verbosity?
    let isJSON: Bool

    /// A line for people of what was done.
    func result(_ text: String) {
        if verbosity != .quiet && !isJSON { Console.data(text + "\n") }
    }

    /// What was asked for, whatever the verbosity.
    func data(_ text: String) { Console.data(text) }

    /// The one object of a command with `--json`.
    func json(_ object: some Encodable) throws {
        if isJSON { Console.data(try Document.encode(object)) }
    }

    /// What is going on.
    func note(_ text: String) {
        if verbosity != .quiet { Console.note(text) }
    }

    /// What only those want to know who look for a reason.
    func detail(_ text: String) {
        if verbosity == .verbose { Console.note(text) }
    }

    func warn(_ text: String) { Console.warn(text) }
}
