public import FoundationEssentials

/// `images.json`: what a host needs to see whether anything changed, in one small file.
public struct Catalogue: Codable, Hashable, Sendable {
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
    /// Sorted by name, each name once.
    public let images: [Image]

    public struct Image: Codable, Hashable, Sendable {
        public let name: ImageName
        public let current: VersionID
        /// Length of the current version's file, in bytes.
        public let size: Int64
        public let sha256: SHA256Digest
        public let record: Reference

        public init(name: ImageName, current: VersionID, size: Int64, sha256: SHA256Digest, record: Reference) {
            self.name = name
            self.current = current
            self.size = size
            self.sha256 = sha256
            self.record = record
        }

        public var version: VersionName { VersionName(name, current) }
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

    public init(repository: String, serial: Int64, created: Date, images: [Image]) {
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
        for image in images {
            guard names.insert(image.name).inserted else { throw InvalidDocument(subject, "names \(image.name) twice") }
            guard Self.fileSizes.contains(image.size), (1...Int64(Self.sizeLimit)).contains(image.record.size) else {
                throw InvalidDocument(subject, "gives \(image.name) an impossible size")
            }
        }
    }

    /// Whether both say the same of the same images, however often they were written.
    public func hasSameContent(as other: Catalogue) -> Bool {
        repository == other.repository && images == other.images
    }
}
