import GlareModel
import GlareSystem

/// Versions that their publisher withdrew: none of them is installed, and who has one is told.
extension Sync {
    /// What becomes of the images whose current version was withdrawn: they stay as they are here.
    func suspended(
        in offer: Offer, _ place: Workplace
    ) async -> [(name: ImageName, outcome: ImageOutcome)] {
        guard case .catalogue(let catalogue, _, _) = offer else { return [] }
        let rows = catalogue.suspended.filter { options.wants($0.name, $0.properties) }
        await readRecords(of: rows.filter { place.state.images[$0.name.text] != nil }, place)
        return rows.compactMap { row in
            let withdrawn = catalogue.withdrawn.first { $0.name == row.name && $0.id == row.current }
            return withdrawn.map { (row.name, .withdrawn($0, keeping: place.state.images[row.name.text]?.id)) }
        }
    }

    /// The withdrawn versions that this cache has. They are told of once, for disks may have been made from them;
    /// but for those of which ``suspended(in:_:)`` tells each time.
    func withdrawnHere(by offer: Offer, _ place: Workplace) async throws -> [Catalogue.WithdrawnVersion] {
        guard case .catalogue(let catalogue, _, _) = offer else { return [] }
        let state = place.state
        let here = catalogue.withdrawn.filter {
            state.versions[VersionName($0.name, $0.id).fileName]?.sha256 == $0.sha256
        }
        let suspended = Set(catalogue.suspended.filter { options.wants($0.name, $0.properties) }.map(\.version))
        for version in here where !suspended.contains(VersionName(version.name, version.id)) {
            let fileName = VersionName(version.name, version.id).fileName
            guard let cache = place.cache, state.versions[fileName]?.isWithdrawalTold != true else { continue }
            options.report(.withdrawnVersionHere(path: cache.archive.path(of: fileName), version.withdrawal))
            try await FileThreads.run { try cache.update { $0.versions[fileName]?.isWithdrawalTold = true } }
        }
        return here
    }
}
