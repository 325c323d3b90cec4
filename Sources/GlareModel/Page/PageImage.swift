import FoundationEssentials

/// One image on the page: a line, and behind it how to fetch it, its versions and what they cost.
struct PageImage {
    private let record: ImageRecord
    private let entries: [VersionID: [Changelog.Entry]]
    private let hasOlderEntries: Bool

    /// Of a message, in characters; the changelog has all of it.
    private static let messageLimit = 2000

    init(_ record: ImageRecord, changelog: Changelog) {
        self.record = record
        let all = changelog.entries
        let known = Set(record.versions.map(\.id))
        entries = Dictionary(grouping: all.filter { known.contains($0.id) }, by: \.id)
        hasOlderEntries = all.contains { !known.contains($0.id) }
    }

    var html: HTML {
        guard let current = record.currentVersion else { return "" }
        let name = record.name.text
        let cost = current.withdrawn == nil ? record.updateCost : nil
        let update: HTML = cost.map { "\($0.text)" } ?? (current.withdrawn == nil ? Self.isNew : Self.isWithdrawn)
        return """
            <details id="\(name)" data-format="\(current.diskFormat)" data-virtual="\(current.virtualSize)" \
            data-disk="\(current.dataSize)" data-update="\(cost?.bytes ?? -1)" \
            data-time="\(Int64(current.modified.timeIntervalSince1970))">
            <summary><span class="name"><h2>\(name)</h2> <span class="message" dir="auto">\(headline(current))</span></span>
            <span class="facts">\(Self.fact("Format", "\(current.diskFormat)"))
            \(Self.fact("Virtual", "\(current.virtualSize.readableSize)"))
            \(Self.fact("On disk", "\(current.dataSize.readableSize)"))
            \(Self.fact("Update", update))
            \(Self.fact("Age", current.modified.onPage))</span></summary>
            <div class="body">
            \(current.withdrawn.map(withdrawal) ?? fetch(current))
            <div>
            <h3>Versions and changelog</h3>
            <ol class="versions">
            \(record.versions.map(version))</ol>
            \(older)</div>
            \(PageChart(record).html)
            </div>
            </details>

            """
    }

    private static func fact(_ label: StaticString, _ value: HTML) -> HTML {
        #"<span class="fact"><span class="label unseen">\#(label) </span>\#(value)</span>"#
    }

    private static let isNew: HTML = #"<span class="none">new</span>"#
    private static let isWithdrawn: HTML = #"<span class="none">withdrawn</span>"#

    private func headline(_ version: ImageRecord.Version) -> String {
        if let withdrawal = version.withdrawn { return "withdrawn: \(withdrawal.reason.prefix(200))" }
        let message = entries[version.id]?.first?.message ?? ""
        return String(message.prefix { !$0.isNewline }.prefix(200))
    }

    /// The one command that brings it, and the file itself for whoever has no Glare.
    private func fetch(_ current: ImageRecord.Version) -> HTML {
        let name = record.name.text
        let path = RepositoryLayout.percentEncoded(RepositoryLayout.path(of: VersionName(record.name, current.id)))
        return """
            <div class="fetch"><h3>Fetch it, and keep it current</h3>
            \(pageCommand("glare sync -s ", " --only \(name)", label: "the command for \(name)"))
            <p>Or <a href="\(path)" download="\(name)">the file itself</a>, \(current.size.readableSize).</p></div>
            """
    }

    /// In the place of the command: what no host installs is not offered.
    private func withdrawal(_ withdrawal: Withdrawal) -> HTML {
        """
        <div class="fetch withdrawn"><h3>Withdrawn \(withdrawal.since.onPage)</h3>
        <p class="message" dir="auto">\(withdrawal.reason)</p>
        <p>Hosts keep what they have until another version is current.</p></div>
        """
    }

    private var older: HTML {
        let path = RepositoryLayout.percentEncoded(RepositoryLayout.changelog(of: record.name))
        let text = hasOlderEntries ? "The changelog, with versions that are not kept" : "The changelog"
        return #"<p class="older"><a href="\#(path)">\#(text)</a></p>"#
    }

    private func version(_ version: ImageRecord.Version) -> HTML {
        let isCurrent = version.id == record.current
        let path = RepositoryLayout.percentEncoded(RepositoryLayout.path(of: VersionName(record.name, version.id)))
        let id: HTML =
            version.withdrawn != nil
            ? "\(version.shortID)"
            : #"<a href="\#(path)" download="\#(record.name.text)">\#(version.shortID)</a>"#
        let facts = facts(of: version).map { fact -> HTML in
            "<div><dt>\(fact.term)</dt><dd>\(fact.value)</dd></div>"
        }
        return """
            <li\(Self.currentClass.when(isCurrent))><div class="head"><h4 class="id">\(id)</h4>\
            \(Self.currentBadge.when(isCurrent))\(Self.unsafeBadge.when(version.isUnsafe == true))\
            \(Self.withdrawnBadge.when(version.withdrawn != nil))\
            \(version.modified.onPage)</div>
            \(messages(of: version))
            <dl>\(facts)</dl></li>

            """
    }

    private static let currentClass: HTML = #" class="current""#
    private static let currentBadge: HTML = #"<span class="badge">current</span>"#
    private static let unsafeBadge: HTML = #"<span class="badge unsafe">unsafe</span>"#
    private static let withdrawnBadge: HTML = #"<span class="badge unsafe">withdrawn</span>"#

    /// What was said of a version, newest first: once for each time that it became current.
    private func messages(of version: ImageRecord.Version) -> [HTML] {
        (entries[version.id] ?? []).prefix(10).enumerated().map { index, entry in
            let message = entry.message
            let shown = String(message.prefix(Self.messageLimit)) + (message.count > Self.messageLimit ? "…" : "")
            guard index > 0 else { return #"<p class="message" dir="auto">\#(shown)</p>"# }
            return #"<p class="message earlier" dir="auto">\#(entry.date): \#(shown)</p>"#
        }
    }

    /// Pairs of a term and its value; what its publisher says of a version comes first.
    private func facts(of version: ImageRecord.Version) -> [(term: String, value: HTML)] {
        let isCurrent = version.id == record.current
        var facts: [(String, HTML)] = []
        if let withdrawal = version.withdrawn { facts.append(("Withdrawn", "\(withdrawal.reason)")) }
        if version.isProtected == true { facts.append(("Protected", "kept by its publisher")) }
        for property in version.properties?.sorted ?? [] { facts.append((property.name, "\(property.value)")) }
        // The current one's stand above all of them.
        if version.diskFormat != record.currentVersion?.diskFormat { facts.append(("Format", "\(version.diskFormat)")) }
        if version.virtualSize != record.currentVersion?.virtualSize {
            facts.append(("Virtual", "\(version.virtualSize.readableSize)"))
        }
        facts.append(("On disk", "\(version.dataSize.readableSize)"))
        facts.append(("Fetched whole", "\(version.wholeCost.readableSize)"))
        if version.withdrawn != nil {
            // Nobody fetches it.
        } else if isCurrent, let cost = record.updateCost {
            facts.append(("Update from the one before", "\(cost.text)"))
        } else if let delta = record.deltaSize(from: version) {
            facts.append(("Update from here", "\(delta.readableSize)"))
        }
        if version.isUnsafe == true { facts.append(("Unsafe", "hosts take it only with ALLOW_UNSAFE")) }
        let label = "the SHA-256 of \(version.shortID)"
        return facts + [("SHA-256", #"<code data-copy="\#(label)">\#(version.sha256.hex)</code>"#)]
    }
}

extension ImageRecord {
    /// What a host that has the version before fetches to get the current one.
    enum UpdateCost {
        case delta(Int64)
        /// There is no delta: frames that differ, which may be all.
        case atMost(Int64)

        var bytes: Int64 {
            switch self {
            case .delta(let bytes), .atMost(let bytes): bytes
            }
        }

        var text: String {
            switch self {
            case .delta(let bytes): bytes.readableSize
            case .atMost(let bytes): "≤ \(bytes.readableSize)"
            }
        }
    }

    /// Nil where there was no version before.
    var updateCost: UpdateCost? {
        guard let current = currentVersion, let before = versions.first(where: { $0.id != self.current }) else {
            return nil
        }
        return deltaSize(from: before).map { .delta($0) } ?? .atMost(current.wholeCost)
    }

    /// Bytes of the delta from a version into the current one.
    func deltaSize(from version: Version) -> Int64? {
        currentVersion?.transfer?.deltas.first { $0.base == version.sha256 }?.content.size
    }
}

extension ImageRecord.Version {
    /// Bytes that a host fetches which has nothing like it: without the holes, where it comes in frames.
    var wholeCost: Int64 { transfer.map { $0.frames?.size ?? dataSize } ?? size }

    /// The first digits of its id, as many as name it.
    var shortID: String { String(id.text.prefix(12)) }
}
