/// The manual page of one command, or of the program.
enum CommandPage {
    /// `glare-sync`
    static func render(_ command: CommandTree.Command, _ sections: ManualSections) -> String {
        let title = "glare-\(command.commandName)"
        var page = Roff(title: title, section: 1, date: glareReleaseDate, version: glareVersion)
        page.section("Name")
        page.paragraph("\(title) - \(summary(command))")
        page.section("Synopsis")
        let arguments = (command.arguments ?? []).filter { $0.shouldDisplay && $0.names?.first?.name != "version" }
        page.paragraph((["`glare \(command.commandName)`"] + arguments.map(\.synopsis)).joined(separator: " "))
        page.section("Description")
        page.paragraph(command.abstract ?? "")
        for text in [command.discussion].compactMap({ $0 }) + sections.description { page.paragraph(text) }
        page.section("Options")
        for argument in arguments { page.item(argument.usage, argument.abstract ?? "") }
        page.paragraph(
            "A word in capitals after an option is the setting behind it: a key of glare.conf(5), and with `GLARE_` before it a variable of the environment."
        )
        addJSON(sections, to: &page)
        addRest(sections, to: &page)
        return page.text
    }

    /// `glare`
    static func render(program: CommandTree.Command, _ sections: ManualSections) -> String {
        var page = Roff(title: "glare", section: 1, date: glareReleaseDate, version: glareVersion)
        page.section("Name")
        page.paragraph("glare - \(summary(program))")
        page.section("Synopsis")
        page.paragraph("`glare` <command> [<option>...]")
        page.paragraph("`glare-`<command> [<option>...]")
        page.section("Description")
        for text in sections.description { page.paragraph(text) }
        page.section("Commands")
        let commands = (program.subcommands ?? []).filter { $0.commandName != "help" }
        for command in commands { page.item("`glare-\(command.commandName)`(1)", command.abstract ?? "") }
        page.section("Environment")
        for (name, meaning) in environment { page.item(name, meaning) }
        addRest(sections, to: &page)
        return page.text
    }

    private static let environment = [
        ("`GLARE_`<KEY>", "Any setting of glare.conf(5): stronger than the files, weaker than an option."),
        ("`\(Configuration.systemFileVariable)`", "A file to read in the place of /etc/glare.conf."),
        (
            "`http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`",
            "Proxies, and the hosts that are reached without one; in capitals as well."
        ),
        ("`NO_COLOR`", "If not empty, nothing is coloured."),
    ]

    private static func summary(_ command: CommandTree.Command) -> String {
        let text = command.abstract ?? ""
        let lower = text.prefix(1).lowercased() + text.dropFirst()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    private static func addJSON(_ sections: ManualSections, to page: inout Roff) {
        guard !sections.json.isEmpty else { return }
        page.section("JSON")
        page.paragraph(
            "With `--json`, one object. Sizes are bytes, times ISO 8601 in UTC. Later versions may add fields; what is missing is not known."
        )
        for (field, meaning) in sections.json { page.item("`\(field)`", meaning) }
    }

    private static func addRest(_ sections: ManualSections, to page: inout Roff) {
        if !sections.examples.isEmpty { page.section("Examples") }
        for (explanation, command) in sections.examples { page.example(command, explanation) }
        if !sections.files.isEmpty { page.section("Files") }
        for (path, meaning) in sections.files { page.item("`\(path)`", meaning) }
        if !sections.exitStatus.isEmpty { page.section("Exit status") }
        for (status, meaning) in sections.exitStatus.sorted(by: { $0.status.rawValue < $1.status.rawValue }) {
            page.item("\(status.rawValue)", meaning)
        }
        page.section("See also")
        page.paragraph(sections.seeAlso.joined(separator: ", "))
    }
}
