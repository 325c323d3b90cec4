import GlareModel
import GlareSystem

/// Reads what a cache knows of itself: a document that can't be read stops each sync, or makes it forget.
struct HostDocuments {
    let root: Directory
    /// Whether keys are trusted, so that what was seen before counts.
    let isSigned: Bool

    func findings() -> [HostFinding] {
        let found = [state, pins, trust, catalogue].compactMap { $0 }
        return found.isEmpty ? [HostFinding(.good, "cache", "what it knows of itself can be read")] : found
    }

    private var state: HostFinding? {
        damage(.warning, "the next sync looks at all files again, and knows them by their content") {
            guard let directory = try root.directoryIfPresent(RepositoryLayout.privateDirectory),
                let file = try directory.fileIfPresent(CacheState.fileName)
            else { return }
            _ = try Cache.read(file, of: root)
        }
    }

    private var pins: HostFinding? {
        damage(.problem, "mend it, or remove it: then no name is pinned any more") { _ = try PinList.load(from: root) }
    }

    private var trust: HostFinding? {
        damage(isSigned ? .problem : .warning, "`glare sync --reset-trust` begins anew") {
            _ = try TrustMemory.load(from: root)
        }
    }

    private var catalogue: HostFinding? {
        damage(.warning, "the next sync fetches it again") {
            guard let file = try root.fileIfPresent(RepositoryLayout.catalogue) else { return }
            _ = try Catalogue(json: file.readAll(limit: Catalogue.sizeLimit), subject: file.path)
        }
    }

    /// What is wrong with a document; of one that a newer Glare wrote, no sync goes on.
    private func damage(_ severity: HostFinding.Severity, _ mend: String, _ read: () throws -> Void) -> HostFinding? {
        do {
            try read()
            return nil
        } catch let error as InvalidDocument where error.isNewer {
            return HostFinding(.problem, "cache", "\(error)", mend: "run the Glare that wrote it, or a newer one")
        } catch let error as InvalidDocument {
            return HostFinding(severity, "cache", "\(error)", mend: mend)
        } catch {
            return HostFinding(
                .problem, "cache", "\(error)", mend: "let user \(effectiveUser) read it, or run syncs as its owner")
        }
    }
}
