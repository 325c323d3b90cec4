public import FoundationEssentials

/// All that a host needs to know of one image: its versions. Kept in `catalogue/` under its digest.
public struct ImageRecord: Codable, Hashable, Sendable {
    public static let format = 1

    public let format: Int
    public let name: ImageName
    public let current: VersionID
    /// Newest first.
    public let versions: [Version]

    public struct Version: Codable, Hashable, Sendable {
        public let id: VersionID
        public let sha256: SHA256Digest
        /// Length of the file, in bytes.
        public let size: Int64
        /// As qemu-img names it: `raw`, `qcow2`…
        public let diskFormat: String
        /// The disk that a VM sees, in bytes.
        public let virtualSize: Int64
        /// Bytes in blocks of 4 KiB that are not all zero: what a sparse copy takes on disk.
        public let dataSize: Int64
        /// True for one that hosts take only with a setting of their own; else nil.
        public let isUnsafe: Bool?
        /// When it last became current, to the second; the modification time of the file.
        public let modified: Date
        /// How else than as a whole file it can be fetched; nil from a repository that does not offer that.
        public let transfer: Transfer?
        public let properties: ImageProperties?
        /// True for one that its publisher keeps; else nil.
        public let isProtected: Bool?
        /// Set where no host may install it.
        public let withdrawn: Withdrawal?

        public init(
            id: VersionID, sha256: SHA256Digest, size: Int64, diskFormat: String, virtualSize: Int64, dataSize: Int64,
            modified: Date, transfer: Transfer? = nil, isUnsafe: Bool? = nil, marks: VersionMarks = VersionMarks()
        ) {
            properties = marks.properties
            isProtected = marks.isProtected
            withdrawn = marks.withdrawn
            self.isUnsafe = isUnsafe
            self.id = id
            self.sha256 = sha256
            self.size = size
            self.diskFormat = diskFormat
            self.virtualSize = virtualSize
            self.dataSize = dataSize
            self.modified = modified
            self.transfer = transfer
        }

        enum CodingKeys: String, CodingKey {
            case id, sha256, size, modified, transfer, properties, withdrawn
            case isProtected = "protected"
            case isUnsafe = "unsafe"
            case diskFormat = "disk_format"
            case virtualSize = "virtual_size"
            case dataSize = "data_size"
        }
    }

    /// - Parameter versions: Newest first.
    public init(name: ImageName, current: VersionID, versions: [Version]) {
        format = Self.format
        self.name = name
        self.current = current
        self.versions = versions
    }

    public var currentVersion: Version? { versions.first { $0.id == current } }

    /// - Throws: ``InvalidDocument`` where the bytes are no record of `image` as the catalogue has it.
    public init(json bytes: [UInt8], of image: Catalogue.Image, subject: String) throws {
        guard bytes.count == image.record.size, SHA256Digest(of: bytes) == image.record.sha256 else {
            throw InvalidDocument(
                subject,
                "is not the record that the catalogue names: expected \(image.record.size) bytes with SHA-256 \(image.record.sha256), found \(bytes.count) bytes"
            )
        }
        try StrictJSON.check(bytes, subject: subject)
        self = try Document.decode(Self.self, format: Self.format, from: bytes, subject: subject)
        guard name == image.name, let current = currentVersion, current.id == image.current,
            current.sha256 == image.sha256, current.size == image.size, current.properties == image.properties
        else { throw InvalidDocument(subject, "contradicts the catalogue's row of \(image.name)") }
        guard Set(versions.map(\.id)).count == versions.count else {
            throw InvalidDocument(subject, "names a version twice")
        }
        // Shown as it stands: what it may hold is what formats are called by.
        guard
            versions.allSatisfy({
                (1...16).contains($0.diskFormat.utf8.count) && $0.diskFormat.utf8.allSatisfy(\.isASCIIAlphanumeric)
            })
        else { throw InvalidDocument(subject, "gives a version an impossible format") }
        guard versions.allSatisfy({ $0.transfer?.isPossible ?? true }) else {
            throw InvalidDocument(subject, "gives a file in transfer/ an impossible size")
        }
        guard
            versions.allSatisfy({
                Catalogue.fileSizes.contains($0.size) && $0.virtualSize >= 0 && (0...$0.size).contains($0.dataSize)
            })
        else {
            throw InvalidDocument(subject, "gives a version an impossible size")
        }
    }
}

extension ImageRecord.Version {
    public var marks: VersionMarks {
        VersionMarks(properties: properties, isProtected: isProtected, withdrawn: withdrawn)
    }

    /// What stands in `transfer/` for one version.
    public struct Transfer: Codable, Hashable, Sendable {
        public let manifest: ContentReference
        /// Nil where the manifest's frames are in the version's own file.
        public let frames: ContentReference?
        /// Into this version, the smallest first.
        public let deltas: [DeltaReference]

        public init(manifest: ContentReference, frames: ContentReference?, deltas: [DeltaReference]) {
            self.manifest = manifest
            self.frames = frames
            self.deltas = deltas
        }

        /// Whether all sizes are possible.
        fileprivate var isPossible: Bool {
            (1...Int64(Manifest.sizeLimit)).contains(manifest.size)
                && frames.map { Catalogue.fileSizes.contains($0.size) } ?? true
                && deltas.allSatisfy {
                    (1...DeltaReference.headSizeLimit).contains($0.head.size) && $0.content.size >= $0.head.size
                        && Catalogue.fileSizes.contains($0.content.size)
                }
        }
    }
}
