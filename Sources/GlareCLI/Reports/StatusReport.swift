import FoundationEssentials
import GlareModel
import GlareSync

/// What `status` tells.
struct StatusReport: Encodable {
    let target: String
    /// `current`, `behind` or `trouble`.
    let condition: CacheStatus.Condition
    let images: [Image]
    /// Why the repository could not be looked at.
    let trouble: String?
    /// Patterns of ONLY that match no image.
    let unmatched: [String]
    /// What could not be looked at for uses.
    let unseen: [String]

    struct Image: Encodable {
        let name: ImageName
        let condition: CacheStatus.Condition
        let version, available: VersionID?
        let modified: Date?
        let updateBytes, updateRequests: Int64?
        let message: String?
        let uses: [Use]

        enum CodingKeys: String, CodingKey {
            case name, condition, version, available, modified, message, uses
            case updateBytes = "update_bytes"
            case updateRequests = "update_requests"
        }
    }

    struct Use: Encodable {
        let version: VersionID
        let message: String
    }

    init(_ status: CacheStatus, of options: SyncOptions) {
        target = options.target
        condition = status.condition
        trouble = status.trouble.map { "\($0)" }
        (unmatched, unseen) = (status.unmatched, status.unseen)
        images = status.images.map { image in
            Image(
                name: image.name, condition: image.condition, version: image.cached, available: image.available,
                modified: image.modified, updateBytes: image.update?.bytes, updateRequests: image.update?.requests,
                message: image.message,
                uses: image.uses.flatMap { use in
                    use.reasons.map { Use(version: use.version, message: $0.description) }
                })
        }
    }

    func tell(_ output: Output) throws {
        try output.json(self)
        if !output.isJSON && output.verbosity != .quiet { output.data(table.text(Style.standardOutput)) }
        for image in images {
            if let message = image.message { output.warn("\(image.name): \(message)") }
            for use in image.uses { output.result("\(image.name)@\(use.version.text.prefix(12)): \(use.message)") }
        }
        for text in unseen { output.warn("\(text): what it uses is not known") }
        if let trouble { Console.fail(trouble) }
    }

    private var table: Table {
        var table = Table([
            ("NAME", .left), ("STATUS", .left), ("VERSION", .left), ("AGE", .left), ("AVAILABLE", .left),
            ("TO FETCH", .right),
        ])
        for image in images {
            let digits = { (id: VersionID?) in id.map { String($0.text.prefix(12)) } ?? "-" }
            table.add([
                image.name.text, image.condition.rawValue, digits(image.version),
                image.modified.map { Readable.age(of: $0) } ?? "-", digits(image.available),
                image.updateBytes.map(Readable.size) ?? "-",
            ])
        }
        return table
    }
}
