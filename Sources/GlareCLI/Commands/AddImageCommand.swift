import ArgumentParser
import FoundationEssentials
import GlareModel
import GlareRepository
import Glibc

struct AddImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-image", abstract: "Publish an image file.",
        discussion: """
            The file's base name is the image's name. The new version is current at once; older ones stay as far as \
            the limit allows.
            """)

    @Option(name: [.short, .long], help: "The disk image: raw, qcow2, VMDK, VDI, VHD, VHDX or ISO.")
    var image: String

    // Whatever stands there is the message, also where it begins with a dash.
    @Option(name: [.short, .long], parsing: .unconditional, help: "What changed, for the changelog.")
    var message: String

    @Option(name: [.short, .long], help: "The repository (DIRECTORY).")
    var directory: String?

    @Option(name: [.short, .long], help: "Versions to keep of the image (LIMIT).")
    var limit: String?

    @Option(help: "Publish under this name instead of the file's.")
    var name: String?

    @Flag(exclusivity: .exclusive, help: "Whether to clean up versions beyond the limit without asking.")
    var cleanup: Answer?

    enum Answer: EnumerableFlag { case yes, no }

    func run() throws {
        let configuration = try loadConfiguration()
        let limit = try configuration.required(Settings.limit, option: self.limit)
        let name = try ImageName(name ?? image.split(separator: "/").last.map(String.init) ?? image)
        let repository = try configuration.repository(directory: directory, command: "add-image")
        let mustAsk = cleanup == nil && Console.isInteractive
        let start = ContinuousClock.now
        Console.note("Verifying Image…")
        let result = try repository.add(
            AddRequest(
                source: image, name: name, message: message, limit: mustAsk || cleanup == .no ? nil : limit,
                proposedLimit: limit))
        let grace = try configuration.required(Settings.grace)
        tell(result, in: ContinuousClock.now - start)
        tell(retired: result.retired, grace: grace)
        if mustAsk && !result.beyondLimit.isEmpty && confirm(result.beyondLimit, grace: grace) {
            tell(retired: try repository.retire(name, beyond: limit, shown: result.beyondLimit), grace: grace)
        }
    }

    private func tell(_ result: AddResult, in time: Duration) {
        let version = "version \(result.version.id)"
        let size = "\(Readable.size(result.size)), \(Readable.size(result.dataSize)) of data, \(result.diskFormat)"
        let name = result.version.image
        switch result.outcome {
        case .published: Console.data("\(name): published \(version) (\(size)) in \(Readable.seconds(time))\n")
        case .currentAgain: Console.data("\(name): \(version) was retained, and is current again\n")
        case .alreadyCurrent: Console.data("\(name): \(version) is current already; nothing was changed\n")
        }
    }

    private func tell(retired: [RetiredVersion], grace: Int64) {
        for version in retired {
            Console.data(
                "\(version.name.image): version \(version.name.id) is beyond the limit; \(Self.removal(of: version.dataSize, grace))\n"
            )
        }
    }

    private static func removal(of bytes: Int64, _ grace: Int64) -> String {
        let when =
            grace == 0
            ? "now"
            : "by the next command that writes after \(Readable.span(grace)), when no host downloads it any more"
        return "\(Readable.size(bytes)) are freed \(when)"
    }

    /// As the original asks: the list, the question, and five seconds to think again.
    private func confirm(_ versions: [RetiredVersion], grace: Int64) -> Bool {
        Console.note("\(Readable.count(versions.count, "version")) of this image beyond the limit:")
        for version in versions {
            Console.note(
                "  \(version.name)  \(Readable.size(version.dataSize)), current since \(Readable.age(of: version.modified))"
            )
        }
        Console.note("Their total: \(Self.removal(of: versions.reduce(0) { $0 + $1.dataSize }, grace)).")
        guard Console.confirm("Would you like to cleanup these images now (y/n)?") else { return false }
        Console.note("Cleaning up in 5 seconds; Ctrl+C aborts.")
        sleep(5)
        return true
    }
}
