import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// What is wrong in a cache at one moment, and what would mend it.
struct CacheFaults {
    let view: CacheView
    private let trustedKeys: [PublicKey]
    private(set) var told: Findings
    private(set) var limits: [String] = []
    /// Whether some file was not read yet, as it is now.
    private(set) var isUnsettled = false
    /// Names in the archive of versions that are wrong.
    private(set) var wrong: Set<String> = []
    /// Images whose file is to be fetched again.
    private(set) var images: Set<ImageName> = []
    /// Wrong, and fetched or made again where it is missing.
    private(set) var derived: [(directory: Directory, fileName: String)] = []

    static let sync = "`glare verify --repair` fetches it again, and so does a sync once it is removed"
    static let nextSync = "`glare verify --repair`, or the next sync, makes it anew"

    /// - Throws: ``SyncError``; `InvalidDocument`, for what a newer Glare wrote; `SystemError`.
    init(path: String, trustedKeys: [PublicKey], readings: FileReadings<SHA256Digest>) throws {
        view = try CacheView(path: path)
        told = Findings(in: view.root.path)
        self.trustedKeys = trustedKeys
        // What sync placed is not known then, so nothing could be verified, and nothing would be wrong.
        guard !view.isOwnClosed else {
            throw SystemError("read", view.root.path(of: RepositoryLayout.privateDirectory), code: .permissionDenied)
        }
        if view.isBusy {
            limits.append("\(view.root.path): a sync is at work: what is missing, or not needed, is not told meanwhile")
        }
        checkState()
        try checkContents(readings)
        try checkNames()
        try checkCatalogue()
        try checkManifests()
        checkTrust()
        checkPins()
        try findOrphans()
    }

    mutating func remove(_ fileName: String, from directory: Directory) { derived.append((directory, fileName)) }

    private var statePath: String { "\(RepositoryLayout.privateDirectory)/\(CacheState.fileName)" }

    private mutating func checkState() {
        if let fault = view.stateFault {
            told.add(statePath, .wrong, expected: "what sync remembers", found: fault, Self.nextSync)
        } else if !view.hasState, view.catalogue != nil, !view.isBusy {
            told.add(statePath, .missing, Self.nextSync)
        } else if view.hasState {
            told.pass(statePath)
        } else {
            limits.append("\(view.root.path): Glare has placed nothing here yet, so there is nothing to verify")
        }
    }

    // MARK: Images

    private mutating func checkContents(_ readings: FileReadings<SHA256Digest>) throws {
        for content in try CachedContent.all(of: view) {
            let isCurrent = view.state.images[content.version.image.text]?.id == content.version.id
            let advice =
                isCurrent
                ? Self.sync : "an older version, which sync does not fetch: remove it if no overlay needs it"
            guard let status = try content.directory.status(of: content.fileName) else {
                // A sync that is at work removes what nobody needs.
                if !view.isBusy { add(content, .missing, advice) }
                continue
            }
            guard status.kind == .regular else {
                add(content, .wrong, found: "no regular file", advice)
                continue
            }
            switch readings.found(content.path, status.stamp) {
            case nil: isUnsettled = true
            case .success(content.expected.sha256): told.pass(content.path)
            case .success(let found): add(content, .wrong, found: "SHA-256 \(found)", advice)
            case .failure(let error): add(content, .unreadable, found: error.code.description, advice)
            }
        }
    }

    private mutating func add(
        _ content: CachedContent, _ fault: Finding.Fault, found: String? = nil, _ advice: String
    ) {
        told.add(content.path, fault, expected: "SHA-256 \(content.expected.sha256)", found: found, advice)
        if fault != .missing { wrong.insert(content.version.fileName) }
        images.insert(content.version.image)
    }

    private mutating func checkNames() throws {
        guard !view.isBusy else { return }
        for (text, placed) in view.state.images {
            guard let image = try? ImageName(text) else { continue }
            if let shown = try view.root.status(of: text) {
                // One of its own was read.
                let path = RepositoryLayout.path(of: VersionName(image, placed.id))
                let version = try view.archive?.status(of: VersionName(image, placed.id).fileName)
                if let version, version.stamp.isSameFile(as: shown.stamp), told.sound.contains(view.root.path(of: path))
                {
                    told.pass(text)
                }
                continue
            }
            told.add(text, .missing, expected: "version \(placed.id)", Self.sync)
            images.insert(image)
        }
    }

    // MARK: What tells what the images are

    private mutating func checkCatalogue() throws {
        let name = RepositoryLayout.catalogue
        let known = view.state.catalogues ?? []
        if let bytes = view.catalogueBytes {
            let found = SHA256Digest(of: bytes)
            if view.catalogue == nil || !(known.isEmpty || known.contains(found)) {
                told.add(
                    name, .wrong, expected: known.first.map { "SHA-256 \($0)" } ?? "a catalogue",
                    found: "SHA-256 \(found)", Self.nextSync)
            } else {
                told.pass(name)
            }
            checkSignature(of: bytes)
        } else if !known.isEmpty, !view.isBusy {
            told.add(name, .missing, expected: known.first.map { "SHA-256 \($0)" }, Self.nextSync)
        }
        for fileName in try view.documents?.names() ?? [] {
            guard let documents = view.documents, fileName.hasSuffix(".json"),
                let digest = SHA256Digest(hex: fileName.dropLast(".json".count)),
                // Sync removes what the catalogue does not name any more.
                let file = try documents.fileIfPresent(fileName)
            else { continue }
            let found = try? SHA256Digest(of: file.readAll(limit: Catalogue.sizeLimit))
            let path = "\(RepositoryLayout.catalogueDirectory)/\(fileName)"
            guard found != digest else {
                told.pass(path)
                continue
            }
            told.add(
                path, found == nil ? .unreadable : .wrong,
                expected: "SHA-256 \(digest)", found: found.map { "SHA-256 \($0)" }, Self.nextSync)
            remove(fileName, from: documents)
        }
    }

    private mutating func checkSignature(of catalogue: [UInt8]) {
        let name = RepositoryLayout.catalogueSignature
        let found = try? view.root.fileIfPresent(name)?.readAll(limit: Signature.sizeLimit)
        guard let found else {
            // Sync takes the old one away before it replaces the catalogue.
            if !trustedKeys.isEmpty, !view.isBusy {
                told.add(
                    name, .missing, expected: "the signature of the catalogue, as TRUSTED_KEY demands", Self.nextSync)
            }
            return
        }
        let signature = try? Signature(file: found, subject: name)
        let statement = (signature?.trustedComment).flatMap(CatalogueStatement.init(comment:))
        let memory = try? TrustMemory.load(from: view.root)
        let keys = trustedKeys + [memory?.followedKey(from: trustedKeys)].compactMap { $0 }
        let isSigned =
            trustedKeys.isEmpty
            || keys.contains {
                signature?.isCommentSigned(by: $0) == true && signature?.isSigned(catalogue, by: $0) == true
            }
        guard let signature, let statement, signature.fileBytes == found,
            statement.reference == Catalogue.Reference(to: catalogue), isSigned
        else {
            told.add(
                name, .wrong,
                expected: "the signature of the catalogue\(trustedKeys.isEmpty ? "" : " by a trusted key")",
                found: "none", Self.nextSync)
            return
        }
        told.pass(name)
    }

    private mutating func checkTrust() {
        do {
            _ = try TrustMemory.load(from: view.root)
            told.pass("\(RepositoryLayout.privateDirectory)/\(TrustMemory.fileName)")
        } catch let error as InvalidDocument {
            told.add(
                "\(RepositoryLayout.privateDirectory)/\(TrustMemory.fileName)", .wrong,
                expected: "what was verified last", found: error.reason,
                "`glare sync --reset-trust` begins anew, if the server is known to be the right one")
        } catch {
            return
        }
    }

    private mutating func checkPins() {
        do {
            _ = try PinList.load(from: view.root)
        } catch let error as InvalidDocument {
            told.add(
                "\(RepositoryLayout.privateDirectory)/\(PinList.fileName)", .wrong,
                expected: "which names are pinned", found: error.reason, "remove it, and pin them again")
        } catch {
            return
        }
    }

    private mutating func checkManifests() throws {
        guard let directory = try view.manifests else { return }
        let proven = Dictionary(
            view.state.versions.values.compactMap { version in version.manifest.map { (version.sha256, $0) } },
            uniquingKeysWith: { first, _ in first })
        for digest in Set(view.state.versions.values.map(\.sha256)) {
            let name = digest.hex
            guard let file = try directory.fileIfPresent(name) else { continue }
            let bytes = try? file.readAll(limit: Manifest.sizeLimit)
            let manifest = bytes.flatMap { try? Manifest($0, subject: file.path) }
            let isOther = proven[digest].map { $0 != bytes.map { SHA256Digest(of: $0) } } ?? false
            let path = "\(RepositoryLayout.privateDirectory)/\(ManifestStore.name)/\(name)"
            guard manifest?.image.text != digest || isOther else {
                told.pass(path)
                continue
            }
            told.add(
                path, .wrong, expected: "the manifest of version \(digest)", found: "another content", Self.nextSync)
            remove(name, from: directory)
        }
    }

    // MARK: What nothing refers to

    private mutating func findOrphans() throws {
        guard !view.isBusy, view.hasState, view.stateFault == nil else { return }
        for name in try view.archive?.names() ?? [] where view.state.versions[name] == nil {
            told.addOrphan("\(RepositoryLayout.archive)/\(name)")
        }
        let named = Set((view.catalogue?.rows ?? []).map { RepositoryLayout.documentName($0.record.sha256) })
        if view.catalogue != nil {
            for name in try view.documents?.names() ?? [] where !named.contains(name) {
                told.addOrphan("\(RepositoryLayout.catalogueDirectory)/\(name)")
            }
        }
        let prefix = RepositoryLayout.privateDirectory
        let ours = [
            "lock", "tmp", "partial", ManifestStore.name, CacheState.fileName, TrustMemory.fileName,
            UseRecords.name, PinList.fileName,
        ]
        for name in try view.own?.names() ?? [] where !ours.contains(name) { told.addOrphan("\(prefix)/\(name)") }
        let digests = Set(view.state.versions.values.map(\.sha256.hex))
        for name in try view.manifests?.names() ?? [] where !digests.contains(name) {
            told.addOrphan("\(prefix)/\(ManifestStore.name)/\(name)")
        }
        if let scratch = try view.directory("tmp") {
            for name in try TemporaryFile.abandoned(in: scratch) { told.addOrphan("\(prefix)/tmp/\(name)") }
        }
    }
}

extension CacheView {
    /// In `.glare`; nil where it is not there.
    func directory(_ name: String) throws -> Directory? {
        try own?.directoryIfPresent(name)
    }

    var manifests: Directory? {
        get throws { try directory(ManifestStore.name) }
    }
}
