public import FoundationEssentials
import GlareDiskImage
public import GlareModel
import GlareSystem

/// An image as a repository offers it or a cache holds it.
public struct ListedImage: Codable, Sendable {
    public let name: ImageName
    /// Nil where the repository does not tell: one of the original's without a changelog.
    public let current: VersionID?
    /// Newest first.
    public let versions: [ListedVersion]

    /// The same image with those of its versions that `isWanted` picks.
    public func with(_ isWanted: (ListedVersion) -> Bool) -> ListedImage {
        ListedImage(name: name, current: current, versions: versions.filter(isWanted))
    }
}

public struct ListedVersion: Codable, Sendable {
    public let id: VersionID?
    public let isCurrent: Bool
    public let sha256: SHA256Digest?
    /// Length of the file, in bytes.
    public let size: Int64?
    /// The disk that a VM sees, in bytes.
    public let virtualSize: Int64?
    /// What it takes on disk, in bytes: in a cache measured, from a repository what a sparse copy takes.
    public let diskSize: Int64?
    public let diskFormat: String?
    /// When it last became current.
    public let modified: Date?
    /// What the publisher says of it.
    public var properties: ImageProperties?
    /// True where the publisher keeps it; else nil.
    public var isProtected: Bool?
    public var withdrawn: Withdrawal?

    enum CodingKeys: String, CodingKey {
        case id, sha256, size, modified, properties, withdrawn
        case isProtected = "protected"
        case isCurrent = "current"
        case virtualSize = "virtual_size"
        case diskSize = "disk_size"
        case diskFormat = "disk_format"
    }
}

/// Looks at repositories and caches without changing them.
public enum Inventory {
    /// What a server, or the directory behind a `file://` address, offers.
    ///
    /// - Parameters:
    ///   - servers: Servers of one repository, the preferred first.
    ///   - trustedKeys: Keys of which one must have signed the catalogue; none: it is taken as it comes.
    /// - Throws: ``SyncError``, ``InvalidHTTPOption``, `InvalidDocument`, `SystemError`.
    public static func images(
        of servers: [String], trustedKeys: [PublicKey], http: HTTPOptions = HTTPOptions()
    ) async throws -> [ListedImage] {
        try await Servers(servers, http: http, meter: TransferMeter()).during { mirrors in
            try await mirrors.run(.never) { source in try await images(from: source, trustedKeys) }
        }
    }

    private static func images(
        from source: any RepositorySource, _ trustedKeys: [PublicKey]
    ) async throws -> [ListedImage] {
        var images: [ListedImage] = []
        switch try await offer(of: source, trustedKeys) {
        case .catalogue(let catalogue, _, _):
            for row in catalogue.rows { images.append(ListedImage(try await record(row, from: source))) }
        case .names(let names, _):
            for name in names { images.append(try await image(name, from: source)) }
        }
        return images
    }

    /// What a server offers; where keys are trusted, what one of them signed. Nothing is held against what a cache
    /// has seen: who looks at a server may well look at another one than the cache is synced from.
    static func offer(of source: any RepositorySource, _ trustedKeys: [PublicKey]) async throws -> Offer {
        guard !trustedKeys.isEmpty else { return try await Offer.read(from: source, cached: nil) { _ in } }
        let reader = SignedCatalogueReader(trusted: trustedKeys, memory: nil, cached: nil, now: Date())
        return try await reader.read(from: source).offer
    }

    /// The changelog of an image, newest first.
    ///
    /// - Parameter trustedKeys: Keys of which one must have signed the catalogue, which must have the image. That
    ///   does not prove the messages: no signature covers them.
    public static func changelog(
        of image: ImageName, on servers: [String], trustedKeys: [PublicKey], http: HTTPOptions = HTTPOptions()
    ) async throws -> [Changelog.Entry] {
        let path = RepositoryLayout.changelog(of: image)
        return try await Servers(servers, http: http, meter: TransferMeter()).during { mirrors in
            try await mirrors.run(.never) { source in
                if !trustedKeys.isEmpty, try await !offer(of: source, trustedKeys).images.contains(image) {
                    throw SyncError.noSuchImage(image.text, address: source.address)
                }
                guard
                    case .found(let bytes, _) = try await source.document(path, limit: Changelog.sizeLimit, unless: nil)
                else {
                    throw SyncError.noSuchImage(image.text, address: source.address)
                }
                return Changelog(bytes).entries
            }
        }
    }

    private static func record(_ row: Catalogue.Image, from source: any RepositorySource) async throws -> ImageRecord {
        let address = source.url(row.record.path)
        guard
            case .found(let bytes, _) = try await source.document(
                row.record.path, limit: Int(row.record.size), unless: nil)
        else { throw SyncError.missing(address: address) }
        return try ImageRecord(json: bytes, of: row, subject: address)
    }

    /// From a repository of the original: what its changelog and the file's length tell.
    private static func image(_ name: ImageName, from source: any RepositorySource) async throws -> ListedImage {
        let answer = try await source.document(
            RepositoryLayout.changelog(of: name), limit: Changelog.sizeLimit, unless: nil)
        var current: VersionID?
        if case .found(let bytes, _) = answer { current = Changelog(bytes).newestID }
        guard case .found(let size, _) = try await source.examine(name.text, unless: nil) else {
            throw SyncError.missing(address: source.url(name.text))
        }
        let version = ListedVersion(
            id: current, isCurrent: true, sha256: nil, size: size, virtualSize: nil, diskSize: nil, diskFormat: nil,
            modified: nil)
        return ListedImage(name: name, current: current, versions: [version])
    }

    /// What sync placed in a cache.
    public static func images(inCache path: String) throws -> [ListedImage] {
        let cache = try Cache(path: path)
        guard let root = cache.root else { throw SyncError.noCache(path: path) }
        let catalogue = try cache.catalogue()
        let rows = catalogue?.rows ?? []
        let names = Set(cache.state.versions.keys.compactMap { VersionName(fileName: $0)?.image })
        return try names.sorted().map { name in
            let record = try rows.first { $0.name == name }.flatMap { try cache.record(of: $0) }
            let current = cache.state.images[name.text]?.id
            let versions = try cache.state.versions.compactMap { fileName, cached -> ListedVersion? in
                guard let version = VersionName(fileName: fileName), version.image == name else { return nil }
                let entry = record?.versions.first { $0.sha256 == cached.sha256 }
                let archive = try root.directory(RepositoryLayout.archive)
                let allocated = try archive.status(of: fileName)?.allocated
                // Of an image that is gone from the repository no record tells.
                let disk = entry == nil ? disk(in: fileName, of: archive) : nil
                return ListedVersion(
                    id: version.id, isCurrent: version.id == current, sha256: cached.sha256, size: cached.stamp.size,
                    virtualSize: entry?.virtualSize ?? disk?.virtualSize, diskSize: allocated,
                    diskFormat: entry?.diskFormat ?? disk?.format.rawValue,
                    modified: Date(timeIntervalSince1970: TimeInterval(cached.stamp.modified.seconds)),
                    properties: entry?.properties, isProtected: entry?.isProtected,
                    withdrawn: catalogue?.withdrawal(of: version, cached.sha256))
            }
            return ListedImage(
                name: name, current: current,
                versions: versions.sorted { ($1.modified ?? .distantPast) < ($0.modified ?? .distantPast) })
        }
    }

    /// What a version's own header says; nil where it can't be read, or is none.
    private static func disk(in fileName: String, of archive: Directory) -> DiskImage? {
        guard let file = try? archive.file(fileName), (try? file.status().kind) == .regular else { return nil }
        return try? DiskImage.recognise(file)
    }
}

extension ListedImage {
    fileprivate init(_ record: ImageRecord) {
        self.init(
            name: record.name, current: record.current,
            versions: record.versions.map { version in
                ListedVersion(
                    id: version.id, isCurrent: version.id == record.current, sha256: version.sha256, size: version.size,
                    virtualSize: version.virtualSize, diskSize: version.dataSize, diskFormat: version.diskFormat,
                    modified: version.modified, properties: version.properties, isProtected: version.isProtected,
                    withdrawn: version.withdrawn)
            })
    }
}
