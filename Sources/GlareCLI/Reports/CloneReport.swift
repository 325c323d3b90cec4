import GlareModel
import GlareSync

/// What `clone` tells.
struct CloneReport: Encodable {
    let disk, format, backing: String
    let way: DiskClone.Way
    let image: ImageName
    let version: VersionID
    let virtualSize: Int64
    let withdrawn: Withdrawal?

    enum CodingKeys: String, CodingKey {
        case disk, format, image, version, way, backing, withdrawn
        case virtualSize = "virtual_size"
    }

    init(_ result: DiskClone.Result, _ clone: DiskClone) {
        (disk, format) = (clone.disk, clone.format.rawValue)
        (image, version, virtualSize) = (result.version.image, result.version.id, result.virtualSize)
        (backing, way, withdrawn) = (result.source, result.way, result.withdrawal)
    }

    func tell(_ output: Output) throws {
        try output.json(self)
        let how =
            switch way {
            case .overlay: "made on"
            case .reflink: "shares its blocks with"
            case .converted: "converted from"
            case .copy: "a copy of"
            }
        if let withdrawn {
            output.warn("\(image)@\(version) was withdrawn by its publisher: \(withdrawn.reason.safeForDisplay)")
        }
        output.result("\(disk): \(format), \(Readable.size(virtualSize)), \(how) \(backing)")
    }
}
