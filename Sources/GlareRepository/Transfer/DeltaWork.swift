import Dispatch
import GlareModel
import GlareSystem
import GlareTransfer
import Synchronization

/// A delta to be made.
struct WantedDelta {
    let base: HeldVersion
    /// In bytes: a larger one is of no use.
    let limit: Int64
}

/// A version that deltas are made into.
struct DeltaTarget {
    let version: VersionName
    let digest: SHA256Digest
    let content: any BlockSource
    /// What a host without anything has to fetch, in bytes.
    let framesSize: Int64
    /// The other versions of its image, newest first.
    let predecessors: [HeldVersion]
    /// Current versions of other images.
    let others: [HeldVersion]
}

/// What came of making deltas.
struct DeltaResults {
    /// Bases from which a delta would be of no use.
    var useless: Set<SHA256Digest> = []
    /// Deltas that time did not suffice for, or that failed.
    var unfinished = 0
}

extension Repository {
    /// More than this of the frames' size, and a host may as well fetch those.
    private static let worthwhile = 0.8
    /// From another image only where it saves half: it has to be there first.
    private static let worthwhileFromRelated = 0.5

    /// Makes the deltas into a version that are wanted and not there yet: from its predecessors, then from
    /// the image that shares most with it. Each is in `.glare/deltas` as soon as it is finished, so that an
    /// interruption does not lose it.
    ///
    /// - Parameters:
    ///   - existing: Bases from which there is one already, or from which one was found to be of no use.
    ///   - deadline: When those that are not finished are given up for now.
    /// - Throws: `SystemError` where something can't be written. A base that can't be read is left out.
    func makeDeltas(
        into target: DeltaTarget, except existing: Set<SHA256Digest>, deadline: ContinuousClock.Instant? = nil
    ) throws -> DeltaResults {
        let done = try existing.union(finishedBases(into: target))
        var wanted = target.predecessors.prefix(options.making.deltas ?? .max).map {
            WantedDelta(base: $0, limit: Int64(Double(target.framesSize) * Self.worthwhile))
        }
        let table = try blockTable(of: target)
        // One is enough: who has that image is served, and who has not takes frames.
        let isRelatedThere = target.others.contains { done.contains($0.file.digests.sha256) }
        if options.making.deltas != 0, !isRelatedThere, let related = try related(to: table, among: target.others) {
            wanted.append(
                WantedDelta(base: related, limit: Int64(Double(target.framesSize) * Self.worthwhileFromRelated)))
        }
        wanted.removeAll { done.contains($0.base.file.digests.sha256) || $0.base.file.digests.sha256 == target.digest }
        guard !wanted.isEmpty else { return DeltaResults() }
        return try make(
            wanted, into: DeltaMaker.Version(content: target.content, digest: target.digest, blocks: table),
            as: target.version, deadline)
    }

    private func blockTable(of target: DeltaTarget) throws -> BlockTable {
        if let table = try blockTable(of: target.digest) { return table }
        let builder = blockTableBuilder()
        try builder.add(target.content)
        return try publish(builder, of: target.digest)
    }

    /// The version that has most of a content, where that is a fifth of it at least: what has less can't
    /// give a delta of half the size.
    private func related(to table: BlockTable, among others: [HeldVersion]) throws -> HeldVersion? {
        let shares = try others.map { (version: $0, share: table.share(in: try blockTable(of: $0))) }
        return shares.filter { $0.share >= 0.2 }.max { $0.share < $1.share }?.version
    }

    private func make(
        _ wanted: [WantedDelta], into target: DeltaMaker.Version, as version: VersionName,
        _ deadline: ContinuousClock.Instant?
    ) throws -> DeltaResults {
        let making = options.making
        let workers = max(1, min(Int(making.memory / DeltaMaker.memory), wanted.count))
        let results = Mutex(DeltaResults())
        let failure = Mutex<SystemError?>(nil)
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < wanted.count, failure.withLock({ $0 == nil }) else { return }
                let outcome = Result { try make(wanted[index], into: target, as: version, deadline) }
                if case .failure(let error as SystemError) = outcome, isOurs(error) {
                    failure.withLock { $0 = $0 ?? error }
                    return
                }
                results.withLock { results in
                    switch outcome {
                    case .success(true): break
                    case .success(false): results.useless.insert(wanted[index].base.file.digests.sha256)
                    case .failure(let error):
                        results.unfinished += 1
                        if !(error is CancellationError) {
                            report(.deltaFailed(from: wanted[index].base.name.fileName, reason: "\(error)"))
                        }
                    }
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return results.withLock { $0 }
    }

    /// Whether it befell a file that is being made, and not a version that is read.
    private func isOurs(_ error: SystemError) -> Bool { error.path.hasPrefix(privateDirectory.path(of: "")) }

    /// - Returns: Whether it came out small enough to be of use.
    private func make(
        _ wanted: WantedDelta, into target: DeltaMaker.Version, as version: VersionName,
        _ deadline: ContinuousClock.Instant?
    ) throws -> Bool {
        if let deadline, deadline <= .now { throw CancellationError() }
        let base = DeltaMaker.Version(
            content: try content(of: wanted.base), digest: wanted.base.file.digests.sha256,
            blocks: try blockTable(of: wanted.base))
        let making = options.making
        let settings = DeltaMaker.Settings(
            level: making.level, threads: making.threads, limit: wanted.limit, memory: making.memory)
        let file = try TemporaryFile(in: scratch)
        let body = try TemporaryFile(in: scratch)
        let subject = "\(version.image) from \(wanted.base.name.image) \(wanted.base.name.id.text.prefix(8))"
        let reference = try options.activities.during(.comparing, subject, total: target.content.size) { activity in
            try DeltaMaker(from: base, to: target, settings).make(into: file.file, body: body.file, activity: activity)
            {
                deadline.map { $0 <= .now } ?? false
            }
        }
        guard let reference else { return false }
        let name = TransferName(version, .delta, reference.content)
        try file.publish(
            to: finished, as: name.fileName, attributes: attributes(mode: 0o444), size: reference.content.size)
        return true
    }

    private func finishedBases(into target: DeltaTarget) throws -> Set<SHA256Digest> {
        let finished = try finishedDeltas { $0.version == target.version }
        return Set(finished.values.filter { $0.image == target.digest }.compactMap(\.base))
    }

    /// Deltas that are finished and not published yet, by name in `.glare/deltas`.
    ///
    /// - Parameter isMeant: Which of them: each is read whole.
    func finishedDeltas(where isMeant: (TransferName) -> Bool = { _ in true }) throws -> [String: TransferFile] {
        var found: [String: TransferFile] = [:]
        for fileName in try finished.names() {
            // A neighbour may publish it at this moment.
            guard let name = TransferName(fileName: fileName), name.kind == .delta, isMeant(name),
                let file = try finished.fileIfPresent(fileName)
            else { continue }
            do {
                found[fileName] = try TransferFile(reading: file, as: name)
            } catch is InvalidDocument {
                try finished.remove(fileName)
            }
        }
        return found
    }
}

extension Change {
    /// Publishes finished deltas into what the archive has; those that nobody came for are removed.
    mutating func takeFinishedDeltas() throws {
        for (fileName, file) in try repository.finishedDeltas() {
            guard let name = TransferName(fileName: fileName), state.files[name.version.fileName] != nil else {
                let weekAgo = now.seconds - 7 * 86400
                if file.stamp.modified.seconds < weekAgo { try repository.finished.remove(fileName) }
                continue
            }
            try repository.finished.rename(fileName, to: repository.transfer, as: fileName)
            var file = file
            file.stamp = try repository.stamp(fileName)
            state.transfers[fileName] = file
        }
        try repository.transfer.sync()
    }

    /// Of versions that are gone.
    mutating func forgetBlocks() throws {
        let digests = Set(state.files.values.map(\.digests.sha256))
        try repository.removeBlockTables(except: digests)
        state.uselessDeltas = state.uselessDeltas.filter { target, _ in digests.contains { $0.hex == target } }
    }
}
