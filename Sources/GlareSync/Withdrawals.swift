import GlareModel
import GlareSystem

/// Versions that their publisher withdrew: none of them is installed, and who has one is told.
extension Sync {
    /// What becomes of the images whose current version was withdrawn: they stay as they are here.
    func suspended(
        in offer: Offer, _ place: Workplace
    ) async -> [(name: ImageName, outcome: ImageOutcome)] {
        guard case .catalogue(let catalogue, _, _) = offer else { return [] }
        let rows = withoutVersion(in: catalogue, place)
        await readRecords(of: rows.filter { place.state.images[$0.name.text] != nil }, place)
        return rows.compactMap { row in
            let withdrawn = catalogue.withdrawn.first { $0.name == row.name && $0.id == row.current }
            return withdrawn.map { (row.name, .withdrawn($0, keeping: place.state.images[row.name.text]?.id)) }
        }
    }

    /// Images whose current version was withdrawn, and that are pinned here to one that was not: that one can be had.
    func pinnedAway(in catalogue: Catalogue, _ place: Workplace) -> [Catalogue.Image] {
        catalogue.suspended.filter { row in
            guard let id = place.holds.pins[row.name.text] else { return false }
            return !catalogue.withdrawn.contains { $0.name == row.name && $0.id == id }
        }
    }

    /// The others: of them there is nothing to be had.
    private func withoutVersion(in catalogue: Catalogue, _ place: Workplace) -> [Catalogue.Image] {
        let pinned = Set(pinnedAway(in: catalogue, place).map(\.name))
        return catalogue.suspended.filter { options.wants($0.name, $0.properties) && !pinned.contains($0.name) }
    }

    /// The withdrawn versions that this cache has. They are told of once, for disks may have been made from them;
    /// but for those of which ``suspended(in:_:)`` tells each time.
    func withdrawnHere(by offer: Offer, _ place: Workplace) async throws -> [Catalogue.WithdrawnVersion] {
        guard case .catalogue(let catalogue, _, _) = offer else { return [] }
        let state = place.state
        let here = catalogue.withdrawn.filter {
            state.versions[VersionName($0.name, $0.id).fileName]?.sha256 == $0.sha256
        }
        let suspended = Set(withoutVersion(in: catalogue, place).map(\.version))
        for version in here where !suspended.contains(VersionName(version.name, version.id)) {
            let fileName = VersionName(version.name, version.id).fileName
            guard let cache = place.cache, state.versions[fileName]?.isWithdrawalTold != true else { continue }
            options.report(.withdrawnVersionHere(path: cache.archive.path(of: fileName), version.withdrawal))
            try await FileThreads.run { try cache.update { $0.versions[fileName]?.isWithdrawalTold = true } }
        }
        return here
    }
}
