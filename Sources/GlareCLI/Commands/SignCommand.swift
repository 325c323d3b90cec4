import ArgumentParser
import FoundationEssentials
import GlareModel
import GlareRepository
import GlareSystem

struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign the catalogue anew.",
        discussion: "Commands that change the catalogue sign it themselves; this renews a signature before it expires.")

    @Flag(help: "Print what a key on another machine has to sign, and how; change nothing.")
    var print = false

    @Option(
        help: ArgumentHelp("Publish a signature that minisign made elsewhere.", valueName: "file"),
        completion: .file())
    var attach: String?

    @Option(
        help: ArgumentHelp(
            "With --attach, the public key that it is by: for the first signature of a repository.", valueName: "file"),
        completion: .file())
    var publicKey: String?

    @Option(
        help: ArgumentHelp(
            "Pass on to this secret key: SIGN_KEY vouches for it, and hosts follow.", valueName: "file"),
        completion: .file())
    var newKey: String?

    @Option(Settings.directory) var directory: String?
    @Option(Settings.signKey) var signKey: String?
    @Option(Settings.signExpires) var signExpires: String?
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func validate() throws {
        guard [print, attach != nil, newKey != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("Only one of --print, --attach and --new-key can be done at a time.")
        }
        if publicKey != nil && attach == nil { throw ValidationError("--public-key goes with --attach.") }
    }

    func run() throws {
        let session = try Session(verbosity, json: json.json)
        let options = try RepositoryOptions.ofSigning(directory, signKey, signExpires)
        let repository = try options.open(session, command: "sign", mayBeUnsigned: print || attach != nil)
        if print { return try tellWhatToSign(repository, session.output) }
        let signed = try signed(repository)
        try SignReport(signed).tell(session.output, path: repository.root.path)
        if let newKey { session.output.note("From now on, SIGN_KEY=\(newKey). Hosts follow at their next sync.") }
    }

    private func signed(_ repository: Repository) throws -> SignedCatalogue {
        if let attach {
            let key = try publicKey.map { try PublicKey(file: read($0), subject: $0) }
            return try repository.attach(read(attach), by: key, subject: attach)
        }
        if let newKey {
            return try repository.sign(by: Repository.secretKey(at: newKey, forRepositoryAt: repository.root.path))
        }
        return try repository.sign()
    }

    private func read(_ path: String) throws -> [UInt8] { try File.open(path).readAll(limit: Signature.sizeLimit) }

    private func tellWhatToSign(_ repository: Repository, _ output: Output) throws {
        let statement = try repository.statementToSign(at: Date())
        let catalogue = repository.root.path(of: RepositoryLayout.catalogue)
        let command =
            "minisign -S -s KEY -x images.json.minisig -m '\(catalogue)' -t '\(statement.comment)'"
        try output.json(PrintReport(comment: statement.comment, catalogue: catalogue, command: command))
        guard !output.isJSON else { return }
        output.data(statement.comment + "\n\n" + command + "\n")
        output.note("Then, here: `glare sign --attach images.json.minisig`")
    }

    private struct PrintReport: Encodable {
        let comment: String
        let catalogue: String
        let command: String
    }
}

/// What `sign` tells of the signature that hosts see now.
private struct SignReport: Encodable {
    let key: String
    let keyNumber: Int
    let serial: Int64
    let created: Date
    /// Nil for never.
    let expires: Date?
    let sha256: SHA256Digest

    init(_ signed: SignedCatalogue) {
        key = "\(signed.key)"
        keyNumber = signed.statement.keyNumber
        (serial, created) = (signed.statement.serial, signed.statement.created)
        (expires, sha256) = (signed.statement.expires, signed.statement.reference.sha256)
    }

    enum CodingKeys: String, CodingKey {
        case key, serial, created, expires, sha256
        case keyNumber = "key_number"
    }

    func tell(_ output: Output, path: String) throws {
        let end = expires.map { "holds until \($0.formatted(.iso8601))" } ?? "never expires"
        output.result("\(path): catalogue \(serial) is signed by key \(key); the signature \(end)")
        try output.json(self)
    }
}
