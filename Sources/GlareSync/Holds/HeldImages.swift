import GlareModel
import GlareSystem

/// Images whose names are pinned.
extension Sync {
    /// As ``syncImages(_:_:mayComeAgain:)``, where pinned names are given the version that they are pinned to.
    func syncHeld(_ rows: [Catalogue.Image], _ place: Workplace, mayComeAgain: Bool) async throws -> Outcomes {
        var place = place
        var wanted: [Catalogue.Image] = []
        var outcomes: Outcomes = [:]
        for row in rows {
            guard let id = place.holds.pins[row.name.text], id != row.current else {
                wanted.append(row)
                continue
            }
            place.holds.published[row.name] = row
            do {
                wanted.append(try await self.row(row, pinnedTo: id, place))
            } catch {
                outcomes[row.name] = .failed(error)
                options.report(.image(row.name, .failed(error)))
            }
        }
        let (published, suspended) = (place.holds.published, place.holds.suspended)
        let pinned = telling { name, outcome in
            guard case .current(let id) = outcome, let row = published[name] else { return outcome }
            // What was withdrawn is not to be had.
            return .pinned(id, available: suspended.contains(name) ? nil : row.current)
        }
        let synced = try await pinned.sync.syncImages(wanted, place, mayComeAgain: mayComeAgain)
        for (name, outcome) in synced { outcomes[name] = pinned.change(name, outcome) }
        return outcomes
    }

    /// The same with other outcomes told than come.
    private func telling(
        _ change: @escaping @Sendable (ImageName, ImageOutcome) -> ImageOutcome
    ) -> (sync: Sync, change: @Sendable (ImageName, ImageOutcome) -> ImageOutcome) {
        var sync = self
        let report = options.report
        sync.options.report = { event in
            if case .image(let name, let outcome) = event {
                report(.image(name, change(name, outcome)))
            } else {
                report(event)
            }
        }
        return (sync, change)
    }

    /// An image's row as if a pinned version were current.
    private func row(_ row: Catalogue.Image, pinnedTo id: VersionID, _ place: Workplace) async throws -> Catalogue.Image
    {
        let name = VersionName(row.name, id)
        if let here = place.state.versions[name.fileName] {
            return row.with(id, size: here.stamp.size, here.sha256)
        }
        let record = try await record(of: row, place).0
        guard let version = record.versions.first(where: { $0.id == id }) else { throw SyncError.pinNotOffered(name) }
        if let withdrawal = version.withdrawn { throw SyncError.pinWithdrawn(name, withdrawal) }
        return row.with(id, size: version.size, version.sha256)
    }

    /// As ``syncByName(_:_:)``, where pinned names that stand for something stay as they are: there only the
    /// current version can be had.
    func syncHeld(_ names: [ImageName], _ place: Workplace) async -> Outcomes {
        var outcomes: Outcomes = [:]
        var free: [ImageName] = []
        for name in names {
            if let id = place.holds.pins[name.text], place.state.images[name.text] != nil {
                outcomes[name] = .pinned(id, available: nil)
                options.report(.image(name, .pinned(id, available: nil)))
            } else {
                free.append(name)
            }
        }
        return outcomes.merging(await syncByName(free, place)) { $1 }
    }
}

extension Catalogue.Image {
    fileprivate func with(_ id: VersionID, size: Int64, _ sha256: SHA256Digest) -> Catalogue.Image {
        Catalogue.Image(name: name, current: id, size: size, sha256: sha256, record: record, properties: properties)
    }
}
