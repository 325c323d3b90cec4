import GlareModel

/// The catalogue that a cache has from a server, as it was.
struct CachedCatalogue: Sendable {
    let catalogue: Catalogue
    let bytes: [UInt8]
    let validators: Validators
}

/// What a server offers: our catalogue, or the names that the original lists.
enum Offer: Sendable {
    case catalogue(Catalogue, bytes: [UInt8], Validators)
    /// `isComplete` is false for a list that may have been cut off.
    case names([ImageName], isComplete: Bool)

    /// Also those that no host installs for now.
    var images: [ImageName] {
        switch self {
        case .catalogue(let catalogue, _, _): catalogue.rows.map(\.name)
        case .names(let names, _): names
        }
    }

    /// What a choice among the images can go by.
    var described: [(name: ImageName, properties: ImageProperties?)] {
        switch self {
        case .catalogue(let catalogue, _, _): catalogue.rows.map { ($0.name, $0.properties) }
        case .names(let names, _): names.map { ($0, nil) }
        }
    }

    var isCatalogue: Bool { if case .catalogue = self { true } else { false } }

    var serial: Int64? { if case .catalogue(let catalogue, _, _) = self { catalogue.serial } else { nil } }

    /// - Throws: ``SyncError/outdated(address:serial:known:)`` for a catalogue that precedes another of the
    ///   same repository.
    func requireNotOlder(than last: Catalogue?, at address: String) throws {
        guard case .catalogue(let catalogue, _, _) = self, let last, last.repository == catalogue.repository,
            catalogue.serial < last.serial
        else { return }
        throw SyncError.outdated(address: address, serial: catalogue.serial, known: last.serial)
    }

    /// Whether a name that is not among them is gone for sure.
    var isComplete: Bool {
        switch self {
        case .catalogue: true
        case .names(_, let isComplete): isComplete
        }
    }

    /// Reads the catalogue, or the list where there is none.
    ///
    /// - Parameter cached: The catalogue that the cache has from this server; it is not fetched again
    ///   while it is the server's.
    static func read(
        from source: any RepositorySource, cached: CachedCatalogue?,
        report: (InvalidName) -> Void
    ) async throws -> Offer {
        let path = RepositoryLayout.catalogue
        switch try await source.document(path, limit: Catalogue.sizeLimit, unless: cached?.validators) {
        case .found(let bytes, let validators):
            return .catalogue(try Catalogue(json: bytes, subject: source.url(path)), bytes: bytes, validators)
        case .unchanged:
            guard let cached else {
                throw SyncError.notWhatItSays(
                    address: source.url(path), reason: "is said to be unchanged, though it was not known")
            }
            return .catalogue(cached.catalogue, bytes: cached.bytes, cached.validators)
        case .missing:
            return try await names(from: source, report: report)
        }
    }

    private static func names(from source: any RepositorySource, report: (InvalidName) -> Void) async throws
        -> Offer
    {
        let path = RepositoryLayout.imageList
        guard case .found(let bytes, _) = try await source.document(path, limit: Listings.sizeLimit, unless: nil)
        else {
            throw SyncError.noCatalogue(address: source.address)
        }
        let list = try Listings.parseImageList(bytes, subject: source.url(path))
        list.bad.forEach(report)
        return .names(list.names, isComplete: !list.names.isEmpty && bytes.last == UInt8(ascii: "\n"))
    }
}
