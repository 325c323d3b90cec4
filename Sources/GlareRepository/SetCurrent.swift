public import GlareModel
import GlareSystem
import GlareTransfer

/// What hosts fetch to come to a version.
public struct TransferSummary: Sendable {
    /// What a host without anything fetches, in bytes; the file itself where it is not compressed.
    public let framesSize: Int64
    /// From which versions hosts come to it by a delta, and what that costs them.
    public let deltas: [DeltaReference]
    /// Deltas that time did not suffice for: `rebuild-index` makes them.
    public let unfinishedDeltas: Int
}

public struct SetCurrentResult: Sendable {
    public let version: VersionName
    /// What the name stood for before; the same where nothing was changed.
    public let previous: VersionID
    public let transfer: TransferSummary
}

extension Repository {
    /// Makes a version that the repository has the current one.
    ///
    /// The deltas into it that are not there are made before the lock is taken, as `add` makes them.
    ///
    /// - Throws: `InvalidReference`, ``RepositoryError``, `SystemError`.
    public func setCurrent(_ reference: ImageReference, message: String) throws -> SetCurrentResult {
        guard message.contains(where: { !$0.isWhitespace }) else { throw RepositoryError.emptyMessage }
        var (survey, state) = try survey()
        let holdings = Holdings(files: survey.versions, links: try links(), state: state)
        let (image, version) = try holdings.version(reference)
        if let withdrawal = version.marks.withdrawn {
            throw RepositoryError.withdrawn(version.name, reason: withdrawal.reason)
        }
        let deltas =
            version.name.id == image.current
            ? DeltaResults() : try makeTransfer(to: version, of: image, holdings, &survey, state)
        return try change(known: survey) { change in
            try change.setCurrent(version, deltas, message: message)
        }
    }

    /// Makes what hosts need to come to a version that becomes current: its frames, and deltas from those beside it.
    private func makeTransfer(
        to version: HeldVersion, of image: HeldImage, _ holdings: Holdings, _ survey: inout Survey,
        _ state: RepositoryState
    ) throws -> DeltaResults {
        let digest = version.file.digests.sha256
        let isThere = TransferOffer(survey.transfers).transfer(of: version.name, digest, withDeltas: false) != nil
        if !isThere && version.file.stamp.size <= BlockTable.largestImage {
            survey.transfers.merge(try makeFrames(of: version)) { _, new in new }
        }
        let offer = TransferOffer(survey.transfers)
        guard let target = try deltaTarget(version, of: image, holdings, offer) else { return DeltaResults() }
        let known = offer.bases(into: version.name, digest).union(state.uselessDeltas[digest.hex] ?? [])
        return try makeDeltas(into: target, except: known, deadline: .now + options.making.deltaTime)
    }
}

extension Change {
    fileprivate mutating func setCurrent(
        _ version: HeldVersion, _ deltas: DeltaResults, message: String
    ) throws -> SetCurrentResult {
        // Others may have been here since it was looked up.
        let (image, found) = try holdings.version(ImageReference(version.name))
        let digest = found.file.digests.sha256
        state.uselessDeltas[digest.hex, default: []].formUnion(deltas.useless)
        if image.current != found.name.id {
            try requireNotWithdrawn(found.name)
            try renewTime(of: found.name)
            try makeCurrent(found.name, message: message)
        }
        try takeFinishedDeltas()
        let transfer = TransferOffer(state.transfers).transfer(of: found.name, digest, withDeltas: true)
        return SetCurrentResult(
            version: found.name, previous: image.current,
            transfer: TransferSummary(
                framesSize: transfer?.frames?.size ?? found.file.dataSize, deltas: transfer?.deltas ?? [],
                unfinishedDeltas: deltas.unfinished))
    }

    /// - Throws: ``RepositoryError/withdrawn(_:reason:)``.
    func requireNotWithdrawn(_ version: VersionName) throws {
        guard let withdrawal = state.marks(of: version).withdrawn else { return }
        throw RepositoryError.withdrawn(version, reason: withdrawal.reason)
    }
}
