public import GlareSystem

/// What an image must be to be accepted.
public struct InspectionRules: Sendable {
    /// 16 TiB: the largest file on ext4, so of what a host could still make a raw disk from. A qcow2 of 1.2 MB can
    /// claim 63 TiB.
    public static let usualLargestDisk: Int64 = 16 << 40

    /// What the image's name says of its format is held against it; nil where the name is nobody's choice.
    public var name: String?
    /// What its owner says it is; `raw` for content without any known mark.
    public var format: DiskImageFormat?
    /// Bytes of the disk that a VM sees.
    public var largestDisk: Int64

    public init(name: String? = nil, format: DiskImageFormat? = nil, largestDisk: Int64 = usualLargestDisk) {
        self.name = name
        self.format = format
        self.largestDisk = largestDisk
    }
}

/// What an inspection found.
public struct Inspection: Sendable {
    public let image: DiskImage
    /// Nil for one that hosts may open.
    public let hazard: Hazard?
    /// What its owner should know, though it may be meant.
    public let warnings: [String]
}

extension DiskImage {
    /// Looks at a file's headers and tables as strictly as a host must that will open it: within 16 MiB of memory,
    /// and no more of the file than its tables.
    ///
    /// - Throws: ``DiskImageError`` where the file is no disk image, and `SystemError` where it can't be read.
    public static func inspect(_ file: File, _ rules: InspectionRules) throws -> Inspection {
        let source = try HeaderSource(file)
        let image: DiskImage
        do {
            image = try recognise(file)
        } catch DiskImageError.notADiskImage where rules.format == .raw && source.size > 0 {
            image = DiskImage(format: .raw, virtualSize: source.size, summary: "raw data")
        }
        var hazard: Hazard?
        do {
            try requireOneFormat(source, image)
            try requireFormat(image, rules)
            try requireSize(image, rules)
            try image.format.requireSafe(source)
        } catch let found as HazardFound {
            hazard = Hazard(path: file.path, reason: found.reason)
        } catch let problem as MalformedHeader {
            hazard = Hazard(path: file.path, reason: problem.reason)
        }
        return Inspection(image: image, hazard: hazard, warnings: try PartitionBounds.warnings(source, image.format))
    }

    /// A file that two programs take for two things is a trap for one of them.
    private static func requireOneFormat(_ source: HeaderSource, _ image: DiskImage) throws {
        let others = try Containers.found(in: source).filter { $0.format != image.format }.map(\.name)
        let isOptical = source.head.has("CD001", at: 0x8001) && image.format != .iso && image.format != .raw
        let all = [image.summary] + others + (isOptical ? ["ISO 9660"] : [])
        guard all.count > 1 else { return }
        throw HazardFound(
            "is \(all.joined(separator: " and ")) at once, and which it is depends on who opens it",
            "convert it with the format that you mean: 'qemu-img convert -f FORMAT -O qcow2 OLD NEW'")
    }

    private static func requireFormat(_ image: DiskImage, _ rules: InspectionRules) throws {
        if let format = rules.format {
            guard image.format == format else {
                throw HazardFound("is \(image.summary), not \(format.rawValue)", "leave --format out, or convert it")
            }
        } else if let name = rules.name, let said = DiskImageFormat(suffixOf: name), said != image.format,
            !(said == .iso && image.summary == "UDF filesystem")
        {
            throw HazardFound(
                "is \(image.summary), which its name contradicts: \(name.quoted)",
                "give it another with --name, or say with --format \(image.format.rawValue) that it is meant")
        }
    }

    private static func requireSize(_ image: DiskImage, _ rules: InspectionRules) throws {
        guard image.virtualSize > rules.largestDisk else { return }
        throw HazardFound(
            "is a disk of \(image.virtualSize) bytes, where at most \(rules.largestDisk) are accepted",
            "LARGEST_DISK sets another limit")
    }
}

extension DiskImageFormat {
    /// What the end of a name says; nil where it says nothing, as `.img` does.
    init?(suffixOf name: String) {
        let suffixes: [(String, DiskImageFormat)] = [
            (".raw", .raw), (".qcow2", .qcow2), (".vmdk", .vmdk), (".vdi", .vdi), (".vhd", .vpc), (".vhdx", .vhdx),
            (".iso", .iso),
        ]
        guard let found = suffixes.first(where: { name.lowercased().hasSuffix($0.0) }) else { return nil }
        self = found.1
    }

    /// - Throws: ``HazardFound``, ``MalformedHeader``.
    fileprivate func requireSafe(_ source: HeaderSource) throws {
        switch self {
        case .qcow2:
            var structure = try QCOW2Structure(source)
            try structure.check()
        case .vmdk: try VMDKStructure(source).check()
        case .vdi, .vpc, .vhdx: try ParentReference.requireNone(source, self)
        case .raw, .iso: break
        }
    }
}

extension String {
    fileprivate var quoted: String { "'\(self)'" }
}
