import GlareTestSupport
import Testing

@testable import GlareCLI

@Suite("Configuration: which file, variable or option decides")
struct ConfigurationTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test("later ones win: default, system's file, user's file, environment, command line")
    func layers() throws {
        #expect(try configuration().required(Settings.limit) == 5)
        try scratch.file("system.conf", "LIMIT=1\nDIRECTORY=/system\n")
        #expect(try configuration().required(Settings.limit) == 1)
        try scratch.file(".glare.conf", "LIMIT=2\n")
        #expect(try configuration().required(Settings.limit) == 2)
        #expect(try configuration().required(Settings.directory) == "/system")
        let settings = configuration(["GLARE_LIMIT": "3"])
        #expect(try settings.required(Settings.limit) == 3)
        #expect(try settings.required(Settings.limit, option: "4") == 4)
    }

    @Test("only GLARE_ variables set something; what they are called without it is the user's")
    func otherVariables() throws {
        #expect(try configuration(["LIMIT": "3", "SERVER": "http://elsewhere"]).required(Settings.limit) == 5)
        #expect(try configuration(["SERVER": "http://elsewhere"]).value(Settings.server) == nil)
    }

    @Test("files know the environment's variables, and the user's file those of the system's")
    func variables() throws {
        try scratch.file("system.conf", "TARGET_DIR=$HOME/cache\nSERVER=http://$SITE/images\n")
        try scratch.file(".glare.conf", "DOWNLOAD_DIR=${TARGET_DIR}/part\nSERVER=$SERVER/lab\n")
        let settings = configuration(["SITE": "north"])
        #expect(try settings.value(Settings.targetDirectory) == scratch.url.path + "/cache")
        #expect(try settings.value(Settings.downloadDirectory) == scratch.url.path + "/cache/part")
        #expect(try settings.value(Settings.server) == ["http://north/images/lab"])
    }

    @Test("files that are not there are no files", arguments: [nil, "", "/nonexistent"] as [String?])
    func missing(home: String?) throws {
        try scratch.file("system.conf", "JOBS=7\n")
        var environment = ["GLARE_CONFIG_SYSTEM": scratch.path("system.conf")]
        environment["HOME"] = home
        #expect(try Configuration(environment: environment).required(Settings.jobs) == 7)
        environment["GLARE_CONFIG_SYSTEM"] = scratch.path("system.conf/no directory")
        #expect(try Configuration(environment: environment).required(Settings.jobs) == 2)
    }

    @Test("an unknown key is a warning, with the nearest known one")
    func unknownKeys() throws {
        try scratch.file("system.conf", "# Glare\nLIMTI=3\nCOLOUR=red\nlimit=9\n")
        let settings = configuration()
        let file = scratch.path("system.conf")
        #expect(
            settings.problems.map(\.description) == [
                "\(file), line 2: no setting is called LIMTI; did you mean LIMIT?",
                "\(file), line 3: no setting is called COLOUR",
                "\(file), line 4: no setting is called limit; did you mean LIMIT?",
            ])
        #expect(try settings.required(Settings.limit) == 5)
        #expect(settings.problems.map(\.isError) == [false, false, false])
    }

    @Test("a line that is no assignment is an error, with file and line; all of them are told")
    func syntax() throws {
        let file = try scratch.file(".glare.conf", "LIMIT=3\n\nrm -rf /tmp\nLIMIT\n")
        let problems = configuration().problems
        #expect(
            problems.map(\.description)
                == [3, 4].map {
                    "\(file), line \($0): expected NAME=VALUE, a comment or an empty line"
                })
        #expect(problems.map(\.isError) == [true, true])
    }

    @Test("a check tells wrong values and unknown variables too, and shows no password")
    func check() throws {
        let file = try scratch.file("system.conf", "LIMIT=abc\nSERVER='  '\nHEADER='X-Token=secret'\n")
        let problems = configuration(["GLARE_LIMTI": "3", "GLARE_PORT": "http"]).check()
        #expect(
            problems.map(\.description) == [
                "LIMIT=abc (\(file), line 1): expected a whole number of at least 1",
                "PORT=http (from the environment): expected a number from 0 to 65535",
                "SERVER= (\(file), line 2): expected one address or more: http://HOST/PATH, https://HOST/PATH or file:///PATH, with / ? # @ in a password as %2F %3F %23 %40",
                "HEADER=*** (\(file), line 3): expected NAME: VALUE, or @FILE with one a line",
                "the environment's GLARE_LIMTI is no setting; did you mean GLARE_LIMIT?",
            ])
        #expect(problems.map(\.isError) == [true, true, true, true, false])
        #expect(configuration(["GLARE_CONFIG_SYSTEM": scratch.path("none")]).check().isEmpty)
    }

    @Test("several values of one setting: from the file with blanks between them, or all from options")
    func lists() throws {
        try scratch.file("system.conf", "SERVER='http://a  http://b'\n")
        #expect(try configuration().list(Settings.server, options: []) == ["http://a", "http://b"])
        #expect(
            try configuration().list(Settings.server, options: ["http://c", "http://d"]) == ["http://c", "http://d"])
    }

    @Test("a tilde is the home directory, wherever it was written")
    func homeDirectory() throws {
        #expect(try configuration().path(Settings.netrc) == scratch.path(".netrc"))
        #expect(try configuration().path(Settings.netrc, option: "~/n") == scratch.path("n"))
        #expect(try configuration(["GLARE_NETRC": "/etc/netrc"]).path(Settings.netrc) == "/etc/netrc")
    }

    @Test("a value that is not what it must be says where it came from")
    func wrongValues() throws {
        let file = try scratch.file("system.conf", "\nLIMIT=abc\n")
        let fromFile = #expect(throws: SettingError.self) { try configuration().required(Settings.limit) }
        #expect(fromFile?.description == "LIMIT=abc (\(file), line 2): expected a whole number of at least 1")
        #expect(fromFile?.isFromCommandLine == false)
        let fromEnvironment = #expect(throws: SettingError.self) {
            try configuration(["GLARE_LIMIT": "0"]).required(Settings.limit)
        }
        #expect(fromEnvironment?.description == "LIMIT=0 (from the environment): expected a whole number of at least 1")
        let fromOption = #expect(throws: SettingError.self) { try configuration().required(Settings.limit, option: "") }
        #expect(fromOption?.description == "LIMIT= (from the command line): expected a whole number of at least 1")
        #expect(fromOption?.isFromCommandLine == true)
    }

    @Test("a wrong value that a later one replaces harms nobody")
    func replacedWrongValue() throws {
        try scratch.file("system.conf", "LIMIT=abc\n")
        #expect(try configuration(["GLARE_LIMIT": "3"]).required(Settings.limit) == 3)
    }

    @Test("what nobody set and has no default is nil, or an error for who needs it")
    func notSet() throws {
        let settings = configuration()
        #expect(try settings.value(Settings.server) == nil)
        let failure = #expect(throws: CommandFailure.self) { try settings.required(Settings.targetDirectory) }
        #expect(failure?.status == .usage)
        #expect(failure?.description == "TARGET_DIR is not set: expected a path")
    }

    @Test("a default is nothing that somebody set")
    func isSet() throws {
        #expect(!configuration().isSet(Settings.directory))
        #expect(configuration(["GLARE_DIRECTORY": "/srv"]).isSet(Settings.directory))
        try scratch.file(".glare.conf", "DIRECTORY=/srv\n")
        #expect(configuration().isSet(Settings.directory))
    }

    @Test("what can't be read as a file of settings ends it: a directory, a huge file")
    func unreadable() throws {
        _ = try scratch.directory("system.conf")
        #expect(configuration().problems.map(\.isError) == [true])
        try scratch.file("huge.conf", String(repeating: "#\n", count: 600_000))
        let huge = configuration(["GLARE_CONFIG_SYSTEM": scratch.path("huge.conf")])
        #expect(huge.problems.map(\.isError) == [true])
    }

    @Test("bytes that are no UTF-8 are refused, not made into other characters")
    func notText() throws {
        let file = try scratch.file("system.conf", "")
        try mustRun("sh", ["-c", "printf 'DIRECTORY=/srv/b\\344r\\n' > \"$0\"", file])
        #expect(configuration().problems.map(\.isError) == [true])
    }

    private func configuration(_ more: [String: String] = [:]) -> Configuration {
        let own = ["GLARE_CONFIG_SYSTEM": scratch.path("system.conf"), "HOME": scratch.url.path]
        return Configuration(environment: own.merging(more) { $1 })
    }
}
