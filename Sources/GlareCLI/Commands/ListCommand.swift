import ArgumentParser
import FoundationEssentials
import GlareModel
import GlareSync

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List images, or the versions of one.",
        discussion: """
            Of a repository on this machine (DIRECTORY), else of a cache (TARGET_DIR), else of a server (SERVER), \
            whichever is there first; or of the one that an option names.
            """)

    @Argument(
        help: ArgumentHelp(
            "The image whose versions to list, or NAME@ID or NAME@-1 for one of them; all images, if left out.",
            valueName: "name"),
        completion: .imagesAndVersions)
    var reference: String?

    @OptionGroup var source: SourceOptions
    @Option(Settings.targetDirectory) var targetDir: String?
    @OptionGroup var json: JSONOption
    @OptionGroup var verbosity: VerbosityOptions

    func validate() throws { try source.requireOne(cache: targetDir) }

    func run() async throws {
        let reference = try self.reference.map { try ImageReference($0) }
        let session = try Session(verbosity, json: json.json)
        var images = try await images(session)
        if let reference { images = [try Self.only(reference, of: images)] }
        if json.json {
            try session.output.json(["images": images])
        } else {
            let table = reference == nil ? Self.overview(images) : Self.versions(images)
            session.output.data(table.text(Style.standardOutput))
        }
    }

    private func images(_ session: Session) async throws -> [ListedImage] {
        switch try source.source(cache: targetDir, session.configuration) {
        case .servers(let servers, let trusted):
            try await Inventory.images(
                of: servers, trustedKeys: trusted, http: source.network.http(session.configuration))
        case .cache(let path): try Inventory.images(inCache: path)
        }
    }

    private static func only(_ reference: ImageReference, of images: [ListedImage]) throws -> ListedImage {
        let image = try reference.image(among: images) { $0.name }
        if reference.selector == .current { return image }
        let id = try reference.resolve(among: image.versions.compactMap(\.id), current: image.current)
        return image.with { $0.id == id }
    }

    private static func overview(_ images: [ListedImage]) -> Table {
        var table = Table([
            ("NAME", .left), ("CURRENT", .left), ("VERSIONS", .right), ("FORMAT", .left), ("VIRTUAL", .right),
            ("ON DISK", .right), ("AGE", .left), ("", .left),
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
            ("AGE", .left), ("", .left),
        ])
        for version in images.flatMap(\.versions) {
            table.add([version.id?.text ?? "-", version.isCurrent ? "current" : ""] + cells(version))
        }
        return table
    }

    private static func cells(_ version: ListedVersion?) -> [String] {
        [
            version?.diskFormat ?? "-",
            version?.virtualSize.map(Readable.size) ?? "-",
            version?.diskSize.map(Readable.size) ?? "-",
            version?.modified.map { Readable.age(of: $0) } ?? "-",
            version.map(remarks) ?? "",
        ]
    }

    /// What the publisher says of it.
    private static func remarks(_ version: ListedVersion) -> String {
        let withdrawn = version.withdrawn.map { "withdrawn: \($0.reason.safeForDisplay)" }
        let properties = version.properties?.sorted.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        return [withdrawn, version.isProtected == true ? "protected" : nil, properties].compactMap { $0 }
            .joined(separator: "; ")
    }
}
