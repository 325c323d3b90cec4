import GlareModel
import GlareSystem

/// `.glare/pins.json` of a cache: the versions that names shall go on standing for.
struct PinList: Codable, Equatable {
    static let format = 1
    static let fileName = "pins.json"
    private static let sizeLimit = 16 << 20

    var format = Self.format
    /// By the image's name.
    var pins: [String: VersionID] = [:]

    /// - Throws: `InvalidDocument` for a damaged one: what was pinned would move.
    static func load(from cache: Directory) throws -> PinList {
        guard try cache.status(of: RepositoryLayout.privateDirectory) != nil,
            let file = try cache.directory(RepositoryLayout.privateDirectory).fileIfPresent(fileName)
        else { return PinList() }
        return try Document.decode(
            PinList.self, format: format, from: file.readAll(limit: sizeLimit), subject: file.path)
    }
}

extension WritableCache {
    /// Makes pins durable.
    func save(_ pins: PinList) throws {
        try privateDirectory.publish(
            Document.encode(pins), as: PinList.fileName, attributes: attributes(mode: 0o660), scratch: scratch)
    }
}
