extension ConfigCommand: Documented {
    static let manual = ManualSections(
        description: [
            "With a setting's name and `--json`, the object is that setting alone: the fields of `settings[]`."
        ],
        json: [
            ("settings[].key", "The setting."),
            ("settings[].value", "Its value, without passwords; missing where nothing says it."),
            ("settings[].origin", "`default`, `file` or `environment`; missing where nothing says it."),
            ("settings[].file, settings[].line", "Where in a file it stands."),
            ("problems[].severity", "With `--check`: `error`, at which commands stop, or `warning`."),
            ("problems[].message", "What is wrong, and where."),
        ],
        examples: [
            ("After the file was edited:", "glare config --check"),
            ("In a script, or a command of your own:", "cd \"$(glare config DIRECTORY)\""),
        ],
        files: ConfigurationFile.paths,
        exitStatus: [
            (.success, "Done; with `--check`: nothing is wrong."), (.usage, "Wrong usage."),
            (.configuration, "Something is wrong with the files or the environment."),
        ],
        seeAlso: ["glare(1)", "glare.conf(5)"])
}

extension GenerateCommand: Documented {
    static let manual = ManualSections(
        examples: [
            (
                "Completion for one's own bash:",
                "glare generate --completions ~/.local/share/bash-completion/completions"
            )
        ],
        exitStatus: [(.success, "Done."), (.usage, "Wrong usage."), (.cannotCreate, "A file can't be written.")],
        seeAlso: ["glare(1)"])
}
