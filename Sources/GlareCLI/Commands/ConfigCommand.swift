import ArgumentParser
import FoundationEssentials
import GlareModel

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show every setting, and where its value comes from.",
        discussion: "Passwords in it are not shown. glare.conf(5) tells what each setting means.")

    @Argument(help: "A setting, such as SERVER, of which to print the value alone.", completion: .list(Settings.keys))
    var key: String?

    @Flag(help: "Tell what is wrong with the files and the environment; the exit status is 78 then.")
    var check = false

    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func validate() throws {
        if check, let key { throw ValidationError("With --check, all settings are looked at: leave \(key) out.") }
    }

    func run() throws {
        let configuration = Configuration(environment: ProcessInfo.processInfo.environment)
        let output = Output(verbosity: verbosity.verbosity, isJSON: json.json)
        guard let key else {
            return try check ? self.check(configuration, output) : show(configuration, output)
        }
        guard let setting = Settings.all.first(where: { $0.key == key.uppercased() }) else {
            let hint = Suggestion.nearest(to: key, among: Settings.keys).map { "; did you mean \($0)?" } ?? ""
            throw CommandFailure(.usage, "no setting is called \(key.quotedForDisplay)\(hint)")
        }
        let report = ConfigReport.Setting(setting, in: configuration)
        try output.json(report)
        if !json.json, let value = report.value { output.data(value + "\n") }
        try tellProblems(of: configuration, output)
    }

    private func show(_ configuration: Configuration, _ output: Output) throws {
        let report = ConfigReport(configuration)
        try output.json(report)
        if !json.json { output.data(report.table.text(Style.standardOutput)) }
        try tellProblems(of: configuration, output)
    }

    private func tellProblems(of configuration: Configuration, _ output: Output) throws {
        for problem in configuration.problems { output.warn(problem.description) }
        if configuration.problems.contains(where: \.isError) { throw ExitCode(ExitStatus.configuration.rawValue) }
    }

    private func check(_ configuration: Configuration, _ output: Output) throws {
        let problems = configuration.check()
        try output.json(CheckReport(problems))
        if !json.json { for problem in problems { output.warn(problem.description) } }
        if problems.isEmpty { output.note("The configuration is as it should be.") }
        if !problems.isEmpty { throw ExitCode(ExitStatus.configuration.rawValue) }
    }
}

/// What `config` tells.
struct ConfigReport: Encodable {
    let settings: [Setting]

    struct Setting: Encodable {
        let key: String
        /// As it may be shown; nil where nothing says it.
        let value: String?
        /// `default`, `file` or `environment`; nil where nothing says it.
        let origin: String?
        let file: String?
        let line: Int?

        init(_ setting: any AnySetting, in configuration: Configuration) {
            let entry = configuration.entry(of: setting)
            key = setting.key
            value = entry.map { setting.shown($0.text) }
            switch entry?.origin {
            case .fallback: (origin, file, line) = ("default", nil, nil)
            case .file(let path, let number): (origin, file, line) = ("file", path, number)
            case .environment: (origin, file, line) = ("environment", nil, nil)
            case .option, nil: (origin, file, line) = (nil, nil, nil)
            }
        }
    }

    init(_ configuration: Configuration) {
        settings = Settings.all.map { Setting($0, in: configuration) }
    }

    var table: Table {
        var table = Table([("SETTING", .left), ("VALUE", .left), ("FROM", .left)])
        for setting in settings {
            let place = setting.file.flatMap { file in setting.line.map { "\(file), line \($0)" } }
            table.add([setting.key, setting.value?.safeForDisplay ?? "", place ?? setting.origin ?? "not set"])
        }
        return table
    }
}

/// What `config --check` tells.
struct CheckReport: Encodable {
    struct Problem: Encodable {
        /// `error`: commands stop at it. `warning`: they go on.
        let severity: String
        let message: String
    }

    let problems: [Problem]

    init(_ problems: [Configuration.Problem]) {
        self.problems = problems.map { Problem(severity: $0.isError ? "error" : "warning", message: $0.description) }
    }
}
