import GlareModel
import GlareSystem
import GlareTransfer

/// Images from a repository with a catalogue: looked at, planned for all together, then brought.
extension Sync {
    typealias Outcomes = [ImageName: ImageOutcome]

    /// - Parameter mayComeAgain: Whether an image whose file is missing is tried once more with a new
    ///   catalogue, and so not told yet.
    func syncImages(_ rows: [Catalogue.Image], _ place: Workplace, mayComeAgain: Bool) async throws -> Outcomes {
        var outcomes: Outcomes = [:]
        func settle(_ name: ImageName, _ outcome: ImageOutcome) {
            outcomes[name] = outcome
            if !(mayComeAgain && outcome.isMissingFile) { options.report(.image(name, outcome)) }
        }
        let current = try await current(among: rows, place)
        for row in rows where current.contains(row.name) { settle(row.name, .current(row.current)) }
        await readRecords(of: rows.filter { current.contains($0.name) }, place)
        var wanted: [WantedImage] = []
        // Small files all of them: as many at a time as there are connections.
        await forEach(rows.filter { !current.contains($0.name) }, atATime: max(options.jobs, options.connections)) {
            row in
            do {
                return try await prepare(row, place, mayComeAgain: mayComeAgain)
            } catch {
                return Prepared.settled(.failed(error))
            }
        } done: { row, prepared in
            switch prepared {
            case .settled(let outcome): settle(row.name, outcome)
            case .wanted(let image): wanted.append(image)
            }
        }
        let here = Dictionary(place.versionsHere.map { ($0.sha256, $0.name) }) { first, _ in first }
        let plan = SyncPlan(wanted.sorted { $0.name < $1.name }, here: here)
        guard let cache = place.cache else {
            for step in plan.steps {
                settle(
                    step.image.name, .wouldUpdate(from: step.image.local.version, to: step.image.row.current, step.plan)
                )
            }
            return outcomes
        }
        for step in plan.steps { options.report(.planned(step.image.name, step.plan)) }
        await forEachStep(of: plan) { step in
            await bring(step, place, cache, mayComeAgain: mayComeAgain)
        } done: { step, outcome in
            settle(step.image.name, outcome)
        }
        return outcomes
    }

    /// Works on a list, some at a time.
    func forEach<Item: Sendable, Result: Sendable>(
        _ items: [Item], atATime count: Int, _ work: @escaping @Sendable (Item) async -> Result,
        done: (Item, Result) -> Void
    ) async {
        await withTaskGroup(of: (Item, Result).self) { group in
            var waiting = items[...]
            func startNext() {
                guard let item = waiting.popFirst() else { return }
                group.addTask { (item, await work(item)) }
            }
            for _ in 0..<count { startNext() }
            while let (item, result) = await group.next() {
                done(item, result)
                startNext()
            }
        }
    }

    /// Works on the steps of a plan, as many at a time as there may be jobs, each after the one that it begins
    /// with; whatever came of that, for there is another way.
    private func forEachStep(
        of plan: SyncPlan, _ work: @escaping @Sendable (SyncPlan.Step) async -> ImageOutcome,
        done: (SyncPlan.Step, ImageOutcome) -> Void
    ) async {
        await withTaskGroup(of: (SyncPlan.Step, ImageOutcome).self) { group in
            var waiting = plan.steps
            var finished = Set<ImageName>()
            var running = 0
            func startThosePossible() {
                while running < max(1, options.jobs),
                    let index = waiting.firstIndex(where: { $0.after.map(finished.contains) ?? true })
                {
                    let step = waiting.remove(at: index)
                    running += 1
                    group.addTask { (step, await work(step)) }
                }
            }
            startThosePossible()
            while let (step, outcome) = await group.next() {
                running -= 1
                finished.insert(step.image.name)
                done(step, outcome)
                startThosePossible()
            }
        }
    }

    /// Brings one image, by the way that was planned, or, where that turns out wrong, by the next.
    private func bring(
        _ step: SyncPlan.Step, _ place: Workplace, _ cache: WritableCache, mayComeAgain: Bool
    ) async -> ImageOutcome {
        var image = step.image
        var transfer = ImageTransfer(self, image, place, cache)
        do {
            try await makeRoom(image.name, image.local, cache)
            var tried: [Way] = []
            var way = step.way
            while true {
                do {
                    try await transfer.run(way)
                    return .updated(
                        from: image.local.version, to: image.row.current, by: way.kind, fetched: transfer.fetched)
                } catch {
                    tried.append(way)
                    if way == .archive { try await compare(&image, place, mayComeAgain: mayComeAgain) }
                    if mayComeAgain, (error as? SyncError)?.isMissing == true { throw error }
                    let bases = Set(place.versionsHere.map(\.sha256)).subtracting(transfer.wrongBases)
                    guard error.meansAnotherWay,
                        let next = image.ways(from: bases).first(where: { !tried.contains($0) })
                    else { throw error }
                    options.report(.wayLeft(image.name, way.kind, next: next.kind, reason: "\(error)"))
                    way = next
                }
            }
        } catch {
            return .failed(error)
        }
    }
}

extension Way {
    /// What it is called: a twin's frames are frames.
    var kind: TransferPlan.Kind {
        switch self {
        case .archive: .archive
        case .delta: .delta
        case .frames, .twin: .frames
        case .plain: .plain
        }
    }
}

extension Error {
    /// Whether it is what was offered, or what was here, that is wrong: another way may do. What is wrong with
    /// the network, the disk or the server as such is not.
    var meansAnotherWay: Bool {
        if self is InvalidDocument || self is WrongFrame || self is WrongSegment || self is WrongBase { return true }
        guard let error = self as? SyncError else { return false }
        return error.isServersOwn && !error.isTransient
    }
}
