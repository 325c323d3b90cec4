import ArgumentParser
import FoundationEssentials
import GlareModel
import GlareSync

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List images, or the versions of one.")

    @Argument(help: "The image whose versions to list; all images, if left out.")
    var name: String?

    @OptionGroup var source: SourceOptions

    @Option(name: [.short, .long], help: "A cache on this machine (TARGET_DIR).")
    var targetDir: String?

    @Flag(help: "Print JSON: bytes and ISO 8601 times.")
    var json = false

    func run() async throws {
        let wanted = try name.map { try ImageName($0) }
        var images: [ListedImage]
        switch try source.source(cache: targetDir, loadConfiguration()) {
        case .server(let address): images = try await Inventory.images(of: address)
        case .cache(let path): images = try Inventory.images(inCache: path)
        }
        if let wanted {
            images.removeAll { $0.name != wanted }
            guard !images.isEmpty else {
                throw CommandFailure(.noInput, "no image is called \(wanted); `glare list` tells which there are")
            }
        }
        if json {
            Console.data(try Document.encode(["images": images]))
        } else if wanted != nil {
            Console.data(Self.versions(images).text)
        } else {
            Console.data(Self.overview(images).text)
        }
    }

    private static func overview(_ images: [ListedImage]) -> Table {
        var table = Table([
            ("NAME", .left), ("CURRENT", .left), ("VERSIONS", .right), ("FORMAT", .left), ("VIRTUAL", .right),
            ("ON DISK", .right), ("AGE", .left),
        ])
        for image in images {
            let version = image.versions.first { $0.isCurrent }
            table.add(
                [
                    image.name.text, image.current.map { String($0.text.prefix(12)) } ?? "-",
                    String(image.versions.count),
                ] + cells(version))
        }
        return table
    }

    private static func versions(_ images: [ListedImage]) -> Table {
        var table = Table([
            ("VERSION", .left), ("", .left), ("FORMAT", .left), ("VIRTUAL", .right), ("ON DISK", .right),
            ("AGE", .left),
        ])
        for version in images.flatMap(\.versions) {
            table.add([version.id?.text ?? "-", version.isCurrent ? "current" : ""] + cells(version))
        }
        return table
    }

    private static func cells(_ version: ListedVersion?) -> [String] {
        [
            version?.diskFormat ?? "-",
            (version?.virtualSize ?? version?.size).map(Readable.size) ?? "-",
            version?.diskSize.map(Readable.size) ?? "-",
            version?.modified.map { Readable.age(of: $0) } ?? "-",
        ]
    }
}
