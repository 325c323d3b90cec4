import GlareModel
import GlareSystem

/// The catalogue that hosts should see, whatever became of `images.json`: its copy in `catalogue/` has its digest
/// for a name, which tells a damaged one from a whole one.
struct PublishedCatalogue {
    /// As it should be; nil where nothing tells.
    let bytes: [UInt8]?
    let catalogue: Catalogue?
    let records: [ImageRecord]
    /// Images whose record is not there.
    let withoutRecord: [Catalogue.Image]
    /// What is wrong with `images.json`.
    let finding: Finding?

    /// - Throws: `InvalidDocument`, for what a newer Glare wrote; `SystemError`.
    init(_ view: RepositoryView) throws {
        let path = view.root.path(of: RepositoryLayout.catalogue)
        let found = try? view.root.fileIfPresent(RepositoryLayout.catalogue)?.readAll(limit: Catalogue.sizeLimit)
        let parsed = try found.flatMap { try Self.parse($0, path) }
        if let found, parsed != nil, try view.document(SHA256Digest(of: found)) != nil {
            (bytes, catalogue, finding) = (found, parsed, nil)
        } else if let newest = try Self.newest(view),
            // An older one is left from before, and the copy of this one is what is lost.
            newest.catalogue.serial >= view.state?.serial ?? parsed?.serial ?? 0
        {
            (bytes, catalogue) = (newest.bytes, newest.catalogue)
            finding = Finding(
                path, found == nil ? .missing : .wrong, expected: "SHA-256 \(SHA256Digest(of: newest.bytes))",
                found: found.map { "\(SHA256Digest(of: $0))" }, advice: Advice.repair)
        } else {
            (bytes, catalogue) = (parsed == nil ? nil : found, parsed)
            // A repository of the original's has none.
            let isExpected = found != nil || view.state != nil || view.documents != nil
            finding =
                parsed == nil && isExpected
                ? Finding(
                    path, found == nil ? .missing : .wrong, expected: "a catalogue", found: found.map { _ in "none" },
                    advice: Advice.rebuild) : nil
        }
        (records, withoutRecord) = try Self.records(of: catalogue, view)
    }

    private static func parse(_ bytes: [UInt8], _ path: String) throws -> Catalogue? {
        do {
            return try Catalogue(json: bytes, subject: path)
        } catch let error as InvalidDocument where !error.isNewer {
            return nil
        }
    }

    /// Of the copies that are whole.
    private static func newest(_ view: RepositoryView) throws -> (catalogue: Catalogue, bytes: [UInt8])? {
        var newest: (catalogue: Catalogue, bytes: [UInt8])?
        for digest in try view.documentDigests() {
            guard let bytes = try view.document(digest), let catalogue = try? Catalogue(json: bytes, subject: ""),
                catalogue.serial > newest?.catalogue.serial ?? -1
            else { continue }
            newest = (catalogue, bytes)
        }
        return newest
    }

    private static func records(
        of catalogue: Catalogue?, _ view: RepositoryView
    ) throws -> ([ImageRecord], without: [Catalogue.Image]) {
        var records: [ImageRecord] = []
        var without: [Catalogue.Image] = []
        for row in catalogue?.rows ?? [] {
            do {
                guard let bytes = try view.document(row.record.sha256) else {
                    without.append(row)
                    continue
                }
                records.append(try ImageRecord(json: bytes, of: row, subject: view.root.path(of: row.record.path)))
            } catch let error as InvalidDocument where !error.isNewer {
                without.append(row)
            }
        }
        return (records, without)
    }
}

/// What to do about what is wrong.
enum Advice {
    static let repair = "`glare verify --repair` makes it again"
    static let rebuild = "`glare rebuild-index` makes it anew"
    static let version =
        "put it back from a backup, or remove it and add the same image again with `glare add-image`"
    static let sign = "`glare sign` signs anew, where the key is"
    static let backup = "put it back from a backup, or from another copy of the repository"
}
