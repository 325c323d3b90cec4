import FoundationEssentials
public import GlareModel
import GlareSystem

/// What a sync did.
public struct SyncReport: Sendable {
    /// Set where another sync has the cache: nothing was done.
    public var busy: String?
    /// By name.
    public var images: [(name: ImageName, outcome: ImageOutcome)] = []
    /// Names of the server's list that break the grammar.
    public var badNames: [InvalidName] = []
    /// Body bytes that came from the server, and requests made; from a directory, bytes copied and files opened.
    public var fetched: Int64 = 0
    public var requests: Int64 = 0
    /// Versions in the archive that no name stands for, and what they take on disk, in bytes.
    public var olderVersions = 0
    public var olderSize: Int64 = 0

    public var failures: [any Error] {
        images.compactMap { if case .failed(let error) = $0.outcome { error } else { nil } }
    }
}

/// Keeps a cache equal to a repository's current images.
public struct Sync: Sendable {
    let options: SyncOptions
    let source: any RepositorySource
    private let meter: TransferMeter

    /// - Throws: ``SyncError``, where the server's address is none.
    public init(_ options: SyncOptions) throws {
        let meter = TransferMeter()
        self.options = options
        self.meter = meter
        source = try makeSource(options.server, meter: meter)
    }

    /// Runs once. One image's failure does not stop the others; it is in the report.
    ///
    /// - Throws: What keeps the whole sync from happening: ``SyncError``, `SystemError`, `InvalidDocument`.
    public func run() async throws -> SyncReport {
        do {
            let report = try await perform()
            await source.close()
            return report
        } catch {
            await source.close()
            throw error
        }
    }

    private func perform() async throws -> SyncReport {
        let options = self.options
        if options.dryRun {
            return try await pass(Workplace(readOnly: FileThreads.run { try Cache(path: options.target) }))
        }
        switch try await FileThreads.run({ try WritableCache.open(options.target, options: options) }) {
        case .busy(let holder): return SyncReport(busy: holder)
        case .opened(let cache): return try await pass(Workplace(cache))
        }
    }

    private func pass(_ place: Workplace) async throws -> SyncReport {
        var report = SyncReport()
        var offer = try await readOffer(place, useCached: true, &report)
        if let cache = place.cache {
            // First, so that what nobody wants any more does not take the room of what is wanted.
            let offered = Set(offer.images)
            try await FileThreads.run { try cache.removePartials(except: offered) }
        }
        var outcomes = await syncImages(of: offer, place) { _ in true }
        // A catalogue that was superseded while we read it names files that may be gone: once more.
        let missing = Set(outcomes.filter(\.value.isMissingFile).keys)
        if !missing.isEmpty, case .catalogue = offer {
            offer = try await readOffer(place, useCached: false, &report)
            outcomes.merge(await syncImages(of: offer, place) { missing.contains($0) }) { _, new in new }
        }
        for name in try await gone(from: offer, place) { outcomes[name.name] = name.outcome }
        report.images = outcomes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        for image in report.images { options.report(.image(image.name, image.outcome)) }
        if let cache = place.cache { try await finish(cache, offer, &report) }
        (report.fetched, report.requests) = meter.total
        return report
    }

    private func readOffer(_ place: Workplace, useCached: Bool, _ report: inout SyncReport) async throws -> Offer {
        let cached = useCached ? try await place.cachedCatalogue(from: source.address) : nil
        var bad: [InvalidName] = []
        var offer: Offer?
        try await options.retry.run(onRetry: retrying) {
            bad = []
            offer = try await Offer.read(from: source, cached: cached) { bad.append($0) }
        }
        guard let offer else { throw SyncError.missing(address: source.address) }
        for name in bad { options.report(.badName(name)) }
        report.badNames = bad
        return offer
    }

    var retrying: @Sendable (SyncError, Duration) -> Void {
        { [report = options.report] error, wait in report(.retrying(reason: error.description, wait: wait)) }
    }

    /// Brings the wanted images of an offer up to date, a few at a time.
    private func syncImages(
        of offer: Offer, _ place: Workplace, where isIncluded: (ImageName) -> Bool
    ) async -> [ImageName: ImageOutcome] {
        let wanted = offer.images.filter { options.wants($0) && isIncluded($0) }
        return await withTaskGroup(of: (ImageName, ImageOutcome).self) { group in
            var outcomes: [ImageName: ImageOutcome] = [:]
            var waiting = wanted[...]
            func startNext() {
                guard let name = waiting.popFirst() else { return }
                group.addTask { (name, await sync(name, of: offer, place)) }
            }
            for _ in 0..<max(1, options.jobs) { startNext() }
            while let (name, outcome) = await group.next() {
                outcomes[name] = outcome
                startNext()
            }
            return outcomes
        }
    }

    private func sync(_ name: ImageName, of offer: Offer, _ place: Workplace) async -> ImageOutcome {
        do {
            switch offer {
            case .catalogue(let catalogue, _, _):
                guard let row = catalogue.images.first(where: { $0.name == name }) else { return .gone(.kept) }
                return try await sync(row, place)
            case .names:
                return try await syncByName(name, place)
            }
        } catch {
            return .failed(error)
        }
    }

    /// Images that were placed, belong to what is wanted, and are not offered any more.
    private func gone(from offer: Offer, _ place: Workplace) async throws -> [(name: ImageName, outcome: ImageOutcome)]
    {
        let offered = Set(offer.images)
        let gone = place.state.images.keys.compactMap { try? ImageName($0) }
            .filter { !offered.contains($0) && options.wants($0) }
        let isComplete = offer.isComplete
        return try await FileThreads.run { [options] in
            try gone.map { name in
                // A name under which something else stands by now is not ours to remove.
                let placed = place.state.images[name.text]?.stamp
                let found = try place.root?.status(of: name.text)?.stamp
                let isOurs = found == nil || found == placed
                guard options.delete && isComplete else { return (name, .gone(.kept)) }
                guard isOurs else { return (name, .gone(.foreign)) }
                guard let cache = place.cache else { return (name, .gone(.wouldBeRemoved)) }
                try cache.remove(name)
                return (name, .gone(.removed))
            }
        }
    }

    private func finish(_ cache: WritableCache, _ offer: Offer, _ report: inout SyncReport) async throws {
        let (server, options) = (source.address, self.options)
        let older = try await FileThreads.run {
            switch offer {
            case .catalogue(let catalogue, let bytes, let validators):
                try cache.saveCatalogue(bytes, named: Set(catalogue.images.map(\.record.sha256)))
                try cache.update { ($0.server, $0.catalogue) = (server, validators) }
            case .names:
                try cache.update { ($0.server, $0.catalogue) = (server, nil) }
            }
            return try cache.removeUnused(after: options.keepUnused, report: options.report)
        }
        (report.olderVersions, report.olderSize) = older
    }
}

extension ImageOutcome {
    fileprivate var isMissingFile: Bool {
        if case .failed(SyncError.missing) = self { true } else { false }
    }
}

/// The cache that a sync works on: with its lock, or, for a dry run, as it stands.
struct Workplace: Sendable {
    let cache: WritableCache?
    private let readOnly: Cache?

    init(_ cache: WritableCache) { (self.cache, readOnly) = (cache, nil) }
    init(readOnly: Cache) { (cache, self.readOnly) = (nil, readOnly) }

    var root: Directory? { cache?.root ?? readOnly?.root }
    var state: CacheState { cache?.snapshot ?? readOnly?.state ?? CacheState() }

    /// The catalogue in the cache, if it came from this server.
    func cachedCatalogue(from address: String) async throws -> (bytes: [UInt8], validators: Validators)? {
        let (root, state) = (root, state)
        guard let root, state.server == address, let validators = state.catalogue else { return nil }
        return try await FileThreads.run {
            guard let file = try root.fileIfPresent(RepositoryLayout.catalogue) else { return nil }
            let bytes = try file.readAll(limit: Catalogue.sizeLimit)
            return (try? Catalogue(json: bytes, subject: file.path)).map { _ in (bytes, validators) }
        }
    }
}

/// - Throws: ``SyncError/badServer(_:)``.
func makeSource(_ server: String, meter: TransferMeter) throws -> any RepositorySource {
    guard let url = URL(string: server), let scheme = url.scheme?.lowercased() else {
        throw SyncError.badServer(server)
    }
    var address = server
    while address.hasSuffix("/") && !address.hasSuffix("://") { address.removeLast() }
    switch scheme {
    case "http", "https":
        guard url.host?.isEmpty == false, url.query == nil, url.fragment == nil else {
            throw SyncError.badServer(server)
        }
        return HTTPSource(address: address, meter: meter)
    case "file":
        guard (url.host ?? "").isEmpty || url.host == "localhost", url.path.hasPrefix("/") else {
            throw SyncError.badServer(server)
        }
        return try DirectorySource(path: url.path, meter: meter)
    default:
        throw SyncError.badServer(server)
    }
}
