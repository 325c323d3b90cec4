/// What a command's manual page has beside its options.
struct ManualSections {
    /// After the command's own discussion, a paragraph each.
    var description: [String] = []
    /// The fields of `--json`'s object, dots for what is inside: `images[].name`.
    var json: [(field: String, meaning: String)] = []
    var examples: [(explanation: String, command: String)] = []
    var files: [(path: String, meaning: String)] = []
    var exitStatus: [(status: ExitStatus, meaning: String)] = []
    /// Names with their section: `glare-sync(1)`.
    var seeAlso: [String] = []
}

/// A command that has a manual page: each has.
protocol Documented {
    static var manual: ManualSections { get }
}
