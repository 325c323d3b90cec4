import ArgumentParser
import GlareModel
import GlareRepository
import GlareSystem

struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make a key pair to sign the catalogue with.",
        discussion: "PREFIX.key signs, and stays with who publishes; PREFIX.pub is what hosts trust.")

    @Argument(
        help: ArgumentHelp("Where the two files go, without `.key` and `.pub`.", valueName: "prefix"),
        completion: .file())
    var prefix: String

    @Flag(help: "Replace files that are there.")
    var force = false

    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    private struct Report: Encodable {
        let id: String
        let publicKey: String
        let secretKeyFile: String
        let publicKeyFile: String

        enum CodingKeys: String, CodingKey {
            case id
            case publicKey = "public_key"
            case secretKeyFile = "secret_key_file"
            case publicKeyFile = "public_key_file"
        }
    }

    func run() throws {
        let output = Output(verbosity: verbosity.verbosity, isJSON: json.json)
        let key = SecretKey()
        let report = Report(
            id: "\(key.publicKey.id)", publicKey: "\(key.publicKey)", secretKeyFile: prefix + ".key",
            publicKeyFile: prefix + ".pub")
        try KeyPairFiles.write(key, secret: report.secretKeyFile, public: report.publicKeyFile, replacing: force)
        output.result("Key \(report.id): \(report.secretKeyFile) signs, \(report.publicKeyFile) is for hosts.")
        try output.json(report)
        output.note(
            """
            On the publisher, in /etc/glare.conf, then: systemctl enable --now glare-sign.timer
              SIGN_KEY=\(absolutePath(report.secretKeyFile))
            On every host:
              TRUSTED_KEY=\(report.publicKey)
            Keep a copy of \(report.secretKeyFile) where nobody else can read it: without it, hosts have to be told of a new key one by one.
            """)
    }
}
