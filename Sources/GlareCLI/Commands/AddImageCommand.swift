import ArgumentParser
import FoundationEssentials
import GlareDiskImage
import GlareModel
import GlareRepository
import Glibc

struct AddImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-image", abstract: "Publish an image file.",
        discussion: """
            The file's base name is the image's name. The new version is current at once; older ones stay as far as \
            the limit allows.
            """)

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The disk image: raw, qcow2, VMDK, VDI, VHD, VHDX or ISO.", valueName: "file"),
        completion: .file())
    var image: String

    // Whatever stands there is the message, also where it begins with a dash.
    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: ArgumentHelp("What changed, for the changelog.", valueName: "text"))
    var message: String

    @Option(help: "Publish under this name instead of the file's.", completion: .images)
    var name: String?

    @Flag(exclusivity: .exclusive)
    var cleanup: Answer?

    enum Answer: EnumerableFlag {
        case yes, no

        static func help(for value: Answer) -> ArgumentHelp? {
            switch value {
            case .yes: "Clean up versions beyond the limit, without asking."
            case .no: "Keep versions beyond the limit, without asking."
            }
        }
    }

    @Option(
        help: ArgumentHelp(
            "What the image is, where its name says something else; raw also for content without any known mark.",
            valueName: "format"),
        completion: .list(DiskImageFormat.allCases.map(\.rawValue)))
    var format: String?

    @Flag(help: "Publish it although no host should open it; the catalogue says so, and hosts need ALLOW_UNSAFE.")
    var allowUnsafe = false

    @Option(
        name: .customLong("property"),
        help: ArgumentHelp("What to say of the version, such as arch=x86_64; may be repeated.", valueName: "name=value")
    )
    var properties: [String] = []

    @Option(Settings.largestDisk) var largestDisk: String?
    @Option(Settings.limit) var limit: String?
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        let session = try Session(verbosity, json: json.json)
        let configuration = session.configuration
        let limit = try configuration.required(Settings.limit, option: self.limit)
        let grace = try repository.seconds(configuration)
        let name = try imageName()
        let repository = try self.repository.open(session, command: "add-image")
        let mustAsk = cleanup == nil && !json.json && Console.isInteractive
        let start = ContinuousClock.now
        session.output.note("Verifying Image…")
        let request = AddRequest(
            source: image, name: name, message: message, limit: mustAsk || cleanup == .no ? nil : limit,
            proposedLimit: limit, rules: try rules(name, configuration), allowsUnsafe: allowUnsafe,
            properties: try properties.map { try PropertyAssignment($0) })
        let result = try await session.working { try repository.add(request) }
        let report = AddImageReport(result, in: ContinuousClock.now - start, grace: grace)
        try report.tell(session.output)
        if mustAsk && !result.beyondLimit.isEmpty && confirm(result.beyondLimit, grace: grace) {
            let retired = try repository.retire(name, beyond: limit, shown: result.beyondLimit)
            for version in retired { session.output.result(AddImageReport.line(version, grace: grace)) }
        }
    }

    private func rules(_ name: ImageName, _ configuration: Configuration) throws -> InspectionRules {
        var rules = InspectionRules(
            name: name.text, largestDisk: try configuration.required(Settings.largestDisk, option: largestDisk))
        if let format {
            rules.format = DiskImageFormat(rawValue: format)
            guard rules.format != nil else {
                let known = DiskImageFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.usage, "--format \(format.quotedForDisplay): expected one of \(known)")
            }
        }
        return rules
    }

    private func imageName() throws -> ImageName {
        if let name { return try ImageName(name) }
        do {
            return try ImageName(image.split(separator: "/").last.map(String.init) ?? image)
        } catch let error as InvalidName {
            throw CommandFailure(.usage, "\(error); give it another with --name")
        }
    }

    /// As the original asks: the list, the question, and five seconds to think again.
    private func confirm(_ versions: [RetiredVersion], grace: Int64) -> Bool {
        Console.note("\(Readable.count(versions.count, "version")) of this image beyond the limit:")
        for version in versions {
            Console.note(
                "  \(version.name)  \(Readable.size(version.dataSize)), current since \(Readable.age(of: version.modified))"
            )
        }
        let total = versions.reduce(0) { $0 + $1.dataSize }
        Console.note("Their total: \(AddImageReport.removal(of: total, grace)).")
        guard Console.confirm("Would you like to cleanup these images now (y/n)?") else { return false }
        Console.note("Cleaning up in 5 seconds; Ctrl+C aborts.")
        sleep(5)
        return true
    }
}
