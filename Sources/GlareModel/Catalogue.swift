public import FoundationEssentials

/// `images.json`: what a host needs to see whether anything changed, in one small file.
public struct Catalogue: Hashable, Sendable {
    /// The number of this format; a reader refuses one that it does not know.
    public static let format = 1
    /// 16 MiB: some 50,000 images. A larger file is refused before it is read.
    public static let sizeLimit = 16 << 20
    /// 64 TiB: of a file. What is larger is a lie, and sums of those would overflow.
    public static let fileSizes: ClosedRange<Int64> = 1...1 << 46

    public let format: Int
    /// Random, made with the repository; 32 hexadecimal digits.
    public let repository: String
    /// Grows with every change.
    public let serial: Int64
    public let created: Date
    /// What hosts install; sorted by name, each name once.
    public let images: [Image]
    /// Images whose current version was withdrawn: hosts keep what they have. Not among ``images``, so that a
    /// host which does not know of this installs none either.
    public let suspended: [Image]
    /// All versions that were withdrawn, also those that are not current.
    public let withdrawn: [WithdrawnVersion]

    public struct Image: Codable, Hashable, Sendable {
        public let name: ImageName
        public let current: VersionID
        /// Length of the current version's file, in bytes.
        public let size: Int64
        public let sha256: SHA256Digest
        public let record: Reference
        /// Of the current version; nil where it has none.
        public let properties: ImageProperties?

        public init(
            name: ImageName, current: VersionID, size: Int64, sha256: SHA256Digest, record: Reference,
            properties: ImageProperties? = nil
        ) {
            self.name = name
            self.current = current
            self.size = size
            self.sha256 = sha256
            self.record = record
            self.properties = properties
        }

        public var version: VersionName { VersionName(name, current) }
    }

    public struct WithdrawnVersion: Codable, Hashable, Sendable {
        public let name: ImageName
        public let id: VersionID
        public let sha256: SHA256Digest
        public let withdrawal: Withdrawal

        public init(name: ImageName, id: VersionID, sha256: SHA256Digest, withdrawal: Withdrawal) {
            (self.name, self.id, self.sha256, self.withdrawal) = (name, id, sha256, withdrawal)
        }

        enum CodingKeys: String, CodingKey {
            case name, id, sha256
            case withdrawal = "withdrawn"
        }
    }

    /// An immutable document in `catalogue/`, named by its digest.
    public struct Reference: Codable, Hashable, Sendable {
        public let sha256: SHA256Digest
        /// Bytes.
        public let size: Int64

        public init(sha256: SHA256Digest, size: Int64) { (self.sha256, self.size) = (sha256, size) }

        public init(to bytes: [UInt8]) {
            sha256 = SHA256Digest(of: bytes)
            size = Int64(bytes.count)
        }

        /// Relative to the repository.
        public var path: String {
            "\(RepositoryLayout.catalogueDirectory)/\(RepositoryLayout.documentName(sha256))"
        }
    }

    public init(
        repository: String, serial: Int64, created: Date, images: [Image], suspended: [Image] = [],
        withdrawn: [WithdrawnVersion] = []
    ) {
        self.suspended = suspended
        self.withdrawn = withdrawn
        format = Self.format
        self.repository = repository
        self.serial = serial
        self.created = created
        self.images = images
    }

    /// - Throws: ``InvalidDocument`` where the bytes are no catalogue, or one that contradicts itself.
    public init(json bytes: [UInt8], subject: String) throws {
        try StrictJSON.check(bytes, subject: subject)
        self = try Document.decode(Self.self, format: Self.format, from: bytes, subject: subject)
        var names = Set<ImageName>()
        for image in rows {
            guard names.insert(image.name).inserted else { throw InvalidDocument(subject, "names \(image.name) twice") }
            guard Self.fileSizes.contains(image.size), (1...Int64(Self.sizeLimit)).contains(image.record.size) else {
                throw InvalidDocument(subject, "gives \(image.name) an impossible size")
            }
        }
    }

    /// Whether both say the same of the same images, however often they were written.
    public func hasSameContent(as other: Catalogue) -> Bool {
        repository == other.repository && images == other.images && suspended == other.suspended
            && withdrawn == other.withdrawn
    }

    /// Why a version with this content was withdrawn; nil where it was not.
    public func withdrawal(of version: VersionName, _ digest: SHA256Digest) -> Withdrawal? {
        withdrawn.first { $0.name == version.image && $0.id == version.id && $0.sha256 == digest }?.withdrawal
    }

    /// Of all images, also of those that no host installs; sorted by name.
    public var rows: [Image] { (images + suspended).sorted { $0.name < $1.name } }
}

extension Catalogue: Codable {
    enum CodingKeys: String, CodingKey { case format, repository, serial, created, images, suspended, withdrawn }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        format = try container.decode(Int.self, forKey: .format)
        repository = try container.decode(String.self, forKey: .repository)
        serial = try container.decode(Int64.self, forKey: .serial)
        created = try container.decode(Date.self, forKey: .created)
        images = try container.decode([Image].self, forKey: .images)
        suspended = try container.decodeIfPresent([Image].self, forKey: .suspended) ?? []
        withdrawn = try container.decodeIfPresent([WithdrawnVersion].self, forKey: .withdrawn) ?? []
    }

    /// What there is none of is not written.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(format, forKey: .format)
        try container.encode(repository, forKey: .repository)
        try container.encode(serial, forKey: .serial)
        try container.encode(created, forKey: .created)
        try container.encode(images, forKey: .images)
        if !suspended.isEmpty { try container.encode(suspended, forKey: .suspended) }
        if !withdrawn.isEmpty { try container.encode(withdrawn, forKey: .withdrawn) }
    }
}
