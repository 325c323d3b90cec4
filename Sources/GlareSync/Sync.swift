import FoundationEssentials
public import GlareModel
import GlareSystem

/// What a sync did.
public struct SyncReport: Sendable {
    /// Set where another sync has the cache: nothing was done.
    public var busy: String?
    /// Why what is offered was refused.
    public var distrust: Distrust?
    /// All that the repository has, wanted or not.
    public var offered: Set<ImageName> = []
    /// Whether a trusted key signed what is offered.
    public var isSigned = false
    /// Whether it is the first time that nothing proved what this cache got.
    public var isUnsignedNews = false
    /// By name.
    public var images: [(name: ImageName, outcome: ImageOutcome)] = []
    /// Versions in the cache that their publisher withdrew.
    public var withdrawn: [Catalogue.WithdrawnVersion] = []
    /// Names of the server's list that break the grammar.
    public var badNames: [InvalidName] = []
    /// Words of ``SyncOptions/only`` that match no image.
    public var unmatched: [String] = []
    /// Body bytes that came from the server, and requests made; from a directory, bytes copied and files opened.
    public var fetched: Int64 = 0
    public var requests: Int64 = 0
    /// Length of the images that changed, in bytes.
    public var changedSize: Int64 = 0
    /// Versions in the archive that no name stands for, and what they take on disk, in bytes.
    public var olderVersions: Int?
    public var olderSize: Int64?

    /// What kept it from going on after the images: from asking once more for what was superseded meanwhile, from
    /// noting what it did, or from removing what nothing uses.
    public var unfinished: (any Error)?

    public init(busy: String? = nil) { self.busy = busy }

    public var failures: [any Error] {
        images.compactMap { if case .failed(let error) = $0.outcome { error } else { nil } }
            + (unfinished.map { [$0] } ?? [])
    }
}

/// Keeps a cache equal to a repository's current images.
public struct Sync: Sendable {
    var options: SyncOptions
    /// All servers, or for one image the one that it must come from.
    private(set) var mirrors: Mirrors
    /// Segments of deltas in memory, of all images: while one is written the next is expanded.
    let segments = Gate(2)
    private let servers: Servers
    private let meter: TransferMeter

    /// - Throws: ``SyncError``, where a server's address is none; ``InvalidHTTPOption``, `SystemError`.
    public init(_ options: SyncOptions) throws {
        meter = TransferMeter()
        servers = try Servers(options.servers, http: options.http, meter: meter, report: options.report)
        mirrors = servers.mirrors
        self.options = options
    }

    /// The same with one server alone.
    func pinned(to source: any RepositorySource, _ retry: RetryPolicy) -> Sync {
        var pinned = self
        pinned.mirrors = mirrors.only(source)
        pinned.options.retry = retry
        return pinned
    }

    /// Runs once. One image's failure does not stop the others; it is in the report.
    ///
    /// - Throws: What keeps the whole sync from happening: ``SyncError``, `SystemError`, `InvalidDocument`.
    public func run() async throws -> SyncReport { try await servers.during { _ in try await perform() } }

    private func perform() async throws -> SyncReport {
        let options = self.options
        if options.dryRun {
            return try await pass(
                Workplace(readOnly: FileThreads.run { try Cache(path: options.target) }, without: options.wrong))
        }
        switch try await FileThreads.run({ try WritableCache.open(options.target, options.access) }) {
        case .busy(let holder): return SyncReport(busy: holder)
        case .opened(let cache):
            // Not when the last reference goes: who asked for this sync may look at the cache next.
            defer { cache.close() }
            return try await pass(Workplace(cache, without: options.wrong))
        }
    }

    private func pass(_ place: Workplace) async throws -> SyncReport {
        var report = SyncReport()
        let place = try await knowingHolds(of: place)
        var (offer, address, signature) = try await readOffer(
            place, useCached: true, forgetsTrust: options.resetTrust, &report)
        if let cache = place.cache {
            // First, so that what nobody wants any more does not take the room of what is wanted.
            let offered = Set(offer.images)
            try await FileThreads.run { try cache.removePartials(except: offered) }
        }
        var outcomes = try await syncImages(of: offer, place, mayComeAgain: offer.isCatalogue) { _ in true }
        do {
            // A catalogue that was superseded while we read it names files that may be gone: once more.
            let missing = Set(outcomes.filter(\.value.isMissingFile).keys)
            if !missing.isEmpty, offer.isCatalogue {
                (offer, address, signature) = try await readOffer(
                    place, useCached: false, forgetsTrust: false, &report)
                let again = try await syncImages(of: offer, place, mayComeAgain: false) { missing.contains($0) }
                outcomes.merge(again) { _, new in new }
            }
            for (name, outcome) in await suspended(in: offer, place) + (try await gone(from: offer, place)) {
                outcomes[name] = outcome
                options.report(.image(name, outcome))
            }
            report.withdrawn = try await withdrawnHere(by: offer, place)
            if let cache = place.cache {
                try await finish(cache, offer, signature, from: address, seen: place.holds.survey, &report)
            }
        } catch {
            // The images are what they became, and those who are to be told of that are.
            report.unfinished = error
            if case SyncError.notTrusted(_, let reason) = error { report.distrust = reason }
        }
        report.offered = Set(offer.images)
        report.images = outcomes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        report.changedSize = changedSize(of: report.images, in: offer)
        (report.fetched, report.requests) = meter.total
        return report
    }

    /// What is offered, and the address of the server that offers it.
    private func readOffer(
        _ place: Workplace, useCached: Bool, forgetsTrust: Bool, _ report: inout SyncReport
    ) async throws -> (Offer, address: String, Signature?) {
        let last = mirrors.count > 1 ? try await place.lastCatalogue()?.catalogue : nil
        // Ours, and read before a server can be blamed for it.
        let memory = forgetsTrust ? nil : try await trustMemory(place)
        let read: Reading
        do {
            read = try await mirrors.run(options.retry) { source in
                let read = try await self.read(source, place, memory, useCached: useCached)
                try read.offer.requireNotOlder(than: last, at: source.address)
                return read
            }
        } catch SyncError.outdated {
            // All of them say so: then it is the repository that went back.
            read = try await mirrors.run(options.retry) { try await self.read($0, place, memory, useCached: useCached) }
        }
        options.report(.offered(address: read.address, images: read.offer.images.count, serial: read.offer.serial))
        for name in read.badNames { options.report(.badName(name)) }
        noteUnmatched(read, &report)
        report.badNames = read.badNames
        try await noteTrust(read, place, &report)
        return (read.offer, read.address, read.verified?.signature)
    }

    private struct Reading {
        let offer: Offer
        let badNames: [InvalidName]
        let address: String
        /// Where keys are trusted.
        var verified: VerifiedCatalogue?
    }

    private func trustMemory(_ place: Workplace) async throws -> TrustMemory? {
        guard !options.trustedKeys.isEmpty else { return nil }
        let root = place.root
        do {
            return try await FileThreads.run { try TrustMemory.load(from: root) }
        } catch let error as InvalidDocument {
            throw InvalidDocument(
                error.document,
                "\(error.reason); what was seen here before is not known: `glare sync --reset-trust` begins anew")
        }
    }

    private func read(
        _ source: any RepositorySource, _ place: Workplace, _ memory: TrustMemory?, useCached: Bool
    ) async throws -> Reading {
        if !options.trustedKeys.isEmpty { return try await readSigned(source, place, memory) }
        let cached = useCached ? try await place.cachedCatalogue(from: source.address) : nil
        var bad: [InvalidName] = []
        let offer = try await Offer.read(from: source, cached: cached) { bad.append($0) }
        return Reading(offer: offer, badNames: bad, address: source.address)
    }

    private func readSigned(
        _ source: any RepositorySource, _ place: Workplace, _ memory: TrustMemory?
    ) async throws -> Reading {
        let cached = try await place.lastCatalogue()?.bytes
        let reader = SignedCatalogueReader(
            trusted: options.trustedKeys, memory: memory, cached: cached, now: Date())
        let verified = try await reader.read(from: source)
        if let cache = place.cache { try await FileThreads.run { try cache.remember(verified.memory) } }
        return Reading(offer: verified.offer, badNames: [], address: source.address, verified: verified)
    }

    /// What there is to say of a signature, and once that there is none.
    private func noteTrust(_ read: Reading, _ place: Workplace, _ report: inout SyncReport) async throws {
        report.isSigned = read.verified != nil
        if let verified = read.verified {
            guard let end = verified.statement.endingSoon(at: Date()) else { return }
            options.report(.signatureEnds(address: read.address, at: end.formatted(.iso8601)))
        } else if place.state.isUnsignedTold != true, let cache = place.cache {
            report.isUnsignedNews = true
            try await FileThreads.run { try cache.update { $0.isUnsignedTold = true } }
        }
    }

    /// No failure: an image may be gone, or not have come yet.
    private func noteUnmatched(_ read: Reading, _ report: inout SyncReport) {
        let images = read.offer.described
        report.unmatched = options.only.unmatched(among: images)
        for word in report.unmatched {
            let near = Suggestion.nearest(to: word, among: images.map(\.name.text))
            options.report(.matchesNothing(word, near: near, address: read.address))
        }
        let isAnyWanted = images.contains { options.wants($0.name, $0.properties) }
        if report.unmatched.isEmpty && !images.isEmpty && !isAnyWanted {
            options.report(.nothingWanted(address: read.address))
        }
    }

    /// Brings the wanted images of an offer up to date, a few at a time.
    private func syncImages(
        of offer: Offer, _ place: Workplace, mayComeAgain: Bool, where isIncluded: (ImageName) -> Bool
    ) async throws -> Outcomes {
        switch offer {
        case .catalogue(let catalogue, _, _):
            let rows = (catalogue.images + pinnedAway(in: catalogue, place)).filter {
                options.wants($0.name, $0.properties) && isIncluded($0.name)
            }
            var place = place
            place.holds.suspended = Set(catalogue.suspended.map(\.name))
            return try await syncHeld(rows, place, mayComeAgain: mayComeAgain)
        case .names(let names, _):
            return await syncHeld(names.filter { options.wants($0, nil) && isIncluded($0) }, place)
        }
    }

    /// Images that were placed, belong to what is wanted, and are not offered any more.
    private func gone(from offer: Offer, _ place: Workplace) async throws -> [(name: ImageName, outcome: ImageOutcome)]
    {
        let offered = Set(offer.images)
        let gone = place.state.images.keys.compactMap { try? ImageName($0) }
            .filter { !offered.contains($0) && options.only.mayMatch($0) }
        let isComplete = offer.isComplete
        return try await FileThreads.run { [options] in
            try gone.map { name in
                // A name under which something else stands by now is not ours to remove.
                let placed = place.state.images[name.text]?.stamp
                let found = try place.root?.status(of: name.text)?.stamp
                let isOurs = found == nil || found == placed
                guard options.delete && isComplete else { return (name, .gone(.kept)) }
                guard isOurs else { return (name, .gone(.foreign)) }
                if place.holds.pins[name.text] != nil { return (name, .gone(.pinned)) }
                if let reason = try nameInUse(name, place) { return (name, .failed(reason)) }
                guard let cache = place.cache else { return (name, .gone(.wouldBeRemoved)) }
                try cache.remove(name)
                return (name, .gone(.removed))
            }
        }
    }

    private func changedSize(of images: [(name: ImageName, outcome: ImageOutcome)], in offer: Offer) -> Int64 {
        guard case .catalogue(let catalogue, _, _) = offer else { return 0 }
        let changed = Set(images.compactMap { $0.outcome.isUpdate ? $0.name : nil })
        return catalogue.images.reduce(0) { $0 + (changed.contains($1.name) ? $1.size : 0) }
    }

    private func finish(
        _ cache: WritableCache, _ offer: Offer, _ signature: Signature?, from server: String, seen: DiskSurvey?,
        _ report: inout SyncReport
    ) async throws {
        let options = self.options
        let older = try await FileThreads.run {
            switch offer {
            case .catalogue(let catalogue, let bytes, let validators):
                try cache.claim(SHA256Digest(of: bytes))
                try cache.saveCatalogue(
                    bytes, signature: signature, named: Set(catalogue.rows.map(\.record.sha256)))
                try cache.update { ($0.server, $0.catalogue) = (server, validators) }
            case .names:
                try cache.update { ($0.server, $0.catalogue) = (server, nil) }
            }
            return try cache.removeUnused(options.retention, as: options.asker, seen: seen, report: options.report)
        }
        (report.olderVersions, report.olderSize) = older
    }
}

extension ImageOutcome {
    fileprivate var isUpdate: Bool { if case .updated = self { true } else { false } }

    var isMissingFile: Bool {
        if case .failed(SyncError.missing) = self { true } else { false }
    }
}

/// The cache that a sync works on: with its lock, or, for a dry run, as it stands.
struct Workplace: Sendable {
    let cache: WritableCache?
    private let readOnly: Cache?
    /// What keeps names from moving.
    var holds = NameHolds()

    /// Names of versions from which nothing is taken.
    private let wrong: Set<String>

    init(_ cache: WritableCache, without wrong: Set<String>) {
        (self.cache, readOnly, self.wrong) = (cache, nil, wrong)
    }

    init(readOnly: Cache, without wrong: Set<String>) {
        (cache, self.readOnly, self.wrong) = (nil, readOnly, wrong)
    }

    var root: Directory? { cache?.root ?? readOnly?.root }
    var state: CacheState { cache?.snapshot ?? readOnly?.state ?? CacheState() }

    var archive: Directory? {
        if let cache { return cache.archive }
        return (try? root?.status(of: RepositoryLayout.archive)).flatMap { _ in
            try? root?.directory(RepositoryLayout.archive)
        }
    }

    var manifests: ManifestStore? {
        if let cache { return cache.manifests }
        let own = try? root?.directory(RepositoryLayout.privateDirectory).directory(ManifestStore.name)
        return own.map(ManifestStore.init)
    }

    /// Versions whose files are in the archive as they were placed, which may serve others as a base.
    var versionsHere: [LocalVersion] {
        guard let archive else { return [] }
        return state.versions.compactMap { fileName, cached in
            guard !wrong.contains(fileName), let name = VersionName(fileName: fileName),
                let status = try? archive.status(of: fileName),
                status.kind == .regular, status.stamp.hasContentTimes(of: cached.stamp)
            else { return nil }
            return LocalVersion(name: name, sha256: cached.sha256, stamp: cached.stamp, manifest: cached.manifest)
        }
    }

    /// The catalogue in the cache, whichever server it came from.
    func lastCatalogue() async throws -> (catalogue: Catalogue, bytes: [UInt8])? {
        guard let root else { return nil }
        return try await FileThreads.run {
            guard let file = try root.fileIfPresent(RepositoryLayout.catalogue) else { return nil }
            let bytes = try file.readAll(limit: Catalogue.sizeLimit)
            return (try? Catalogue(json: bytes, subject: file.path)).map { ($0, bytes) }
        }
    }

    /// The catalogue in the cache, if it came from this server.
    func cachedCatalogue(from address: String) async throws -> CachedCatalogue? {
        let (root, state) = (root, state)
        guard let root, state.server == address, let validators = state.catalogue else { return nil }
        return try await FileThreads.run {
            guard let file = try root.fileIfPresent(RepositoryLayout.catalogue) else { return nil }
            let bytes = try file.readAll(limit: Catalogue.sizeLimit)
            // "Not modified" speaks of what came from there, not of what a disk made of it.
            guard state.catalogues?.contains(SHA256Digest(of: bytes)) ?? true else { return nil }
            return (try? Catalogue(json: bytes, subject: file.path)).map {
                CachedCatalogue(catalogue: $0, bytes: bytes, validators: validators)
            }
        }
    }
}
