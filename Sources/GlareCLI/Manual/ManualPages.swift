/// All manual pages that come from the code, by file name.
enum ManualPages {
    /// - Throws: `DecodingError`, if ArgumentParser's description of the commands has changed.
    static func all() throws -> [(name: String, text: String)] {
        let program = try CommandTree.current()
        let pages = (program.subcommands ?? []).compactMap { command -> (String, String)? in
            guard let sections = GlareCommand.manual(of: command.commandName) else { return nil }
            return ("glare-\(command.commandName).1", CommandPage.render(command, sections))
        }
        return [("glare.1", CommandPage.render(program: program, GlareCommand.manual))] + pages
            + [("glare.conf.5", ConfigurationFile.manualPage())]
    }
}
