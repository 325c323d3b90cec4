/// glare.conf(5), and an example of the file: both from the table of settings.
enum ConfigurationFile {
    static func manualPage() -> String {
        var page = Roff(title: "glare.conf", section: 5, date: glareReleaseDate, version: glareVersion)
        page.section("Name")
        page.paragraph("glare.conf - settings of glare(1)")
        page.section("Description")
        page.paragraph(
            "`/etc/glare.conf` is read first, then `~/.glare.conf`, then the environment, where `GLARE_` stands before a setting's name, then the command line; later ones win. `glare config` shows every value and where it comes from; `glare config --check` says what is wrong with the files."
        )
        page.paragraph(
            "A line is empty, a comment that begins with #, or an assignment as a shell has it: NAME=value, NAME=\"a value\", NAME='as it stands', with $NAME and ${NAME} for what was assigned before or is in the environment, and ~/ for the home directory. No command is ever run."
        )
        for audience in Audience.allCases {
            page.section(audience.rawValue)
            for setting in Settings.all where setting.audience == audience {
                page.item("`\(setting.key)`", description(of: setting))
            }
        }
        page.section("Values")
        page.paragraph("A time is a number of seconds, or of what its last letter says: s, m, h, d or w.")
        page.paragraph("A rate is a number of bytes per second; K, M and G stand for 1024, 1024² and 1024³ of them.")
        page.section("Files")
        page.item("`/etc/glare.conf`", "For all users of this machine.")
        page.item("`~/.glare.conf`", "For one user.")
        page.section("Examples")
        page.example("DIRECTORY=/srv/images\nLIMIT=3", "A machine that publishes:")
        page.example(
            "SERVER=\"https://images.example.net/vm https://mirror.example.net/vm\"\nTARGET_DIR=/var/lib/glare\nSTART_DELAY=4m\nLIMIT_RATE=20M",
            "A host, with a mirror to go to when the first server is away:")
        page.section("See also")
        page.paragraph("glare(1), glare-config(1)")
        return page.text
    }

    private static func description(of setting: any AnySetting) -> String {
        let preset = setting.fallback.map { " Default: \($0)." } ?? ""
        let several = setting.isRepeatable && setting.placeholder == "url" ? " Several have blanks between them." : ""
        return "\(setting.summary). Takes \(setting.expected).\(several)\(preset) Option: `--\(setting.option)`."
    }

    /// Every setting with its default, commented out.
    static func example() -> String {
        var text = """
            # Settings of Glare, read by every command; glare.conf(5) explains them. Shell assignments, and
            # nothing else a shell can do. A line that begins with # is a comment: what stands there is the default.
            """
        for audience in Audience.allCases {
            text += "\n\n\n### \(audience.rawValue)"
            for setting in Settings.all where setting.audience == audience {
                text +=
                    "\n\n# \(setting.summary). Takes \(setting.expected).\n#\(setting.key)=\(quoted(setting.fallback ?? ""))"
            }
        }
        return text + "\n"
    }

    /// In quotes where a shell would not take it as it stands.
    private static func quoted(_ value: String) -> String {
        value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-:~".contains($0)) } ? value : "'\(value)'"
    }
}
