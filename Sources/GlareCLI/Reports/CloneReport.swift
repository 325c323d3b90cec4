import GlareModel
import GlareSync

/// What `clone` tells.
struct CloneReport: Encodable {
    let disk, format, backing: String
    let way: DiskClone.Way
    let image: ImageName
    let version: VersionID
    let virtualSize: Int64
    private let withdrawal: Withdrawal?

    enum CodingKeys: String, CodingKey {
        case disk, format, image, version, way, backing
        case virtualSize = "virtual_size"
    }

    init(_ result: DiskClone.Result, _ clone: DiskClone) {
        (disk, format) = (clone.disk, clone.format.rawValue)
        (image, version, virtualSize) = (result.version.image, result.version.id, result.virtualSize)
        (backing, way, withdrawal) = (result.source, result.way, result.withdrawal)
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
        if let withdrawal {
            output.warn("\(image)@\(version) was withdrawn by its publisher: \(withdrawal.reason.safeForDisplay)")
        }
        output.result("\(disk): \(format), \(Readable.size(virtualSize)), \(how) \(backing)")
    }
}
