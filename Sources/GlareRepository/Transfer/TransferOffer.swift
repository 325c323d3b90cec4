import GlareModel

/// What `transfer/` offers, by what it is of.
struct TransferOffer {
    private let files: [VersionName: [(name: TransferName, file: TransferFile)]]

    /// - Parameter files: By name in `transfer/`.
    init(_ files: [String: TransferFile]) {
        let named = files.compactMap { fileName, file in TransferName(fileName: fileName).map { ($0, file) } }
            .sorted { ($0.1.content.size, $0.0.fileName) < ($1.1.content.size, $1.0.fileName) }
        self.files = Dictionary(grouping: named) { $0.0.version }
            .mapValues { $0.map { (name: $0.0, file: $0.1) } }
    }

    /// How a version can be fetched; nil where there is no manifest of it, or not the frames of that.
    func transfer(of version: VersionName, _ digest: SHA256Digest, withDeltas: Bool) -> ImageRecord.Version.Transfer? {
        let ours = files[version, default: []]
        for (name, manifest) in ours where name.kind == .manifest && manifest.image == digest {
            let frames = ours.first { $0.name.kind == .frames && $0.file.content.sha256 == manifest.frames }
            guard manifest.frames == digest || frames != nil else { continue }
            return ImageRecord.Version.Transfer(
                manifest: manifest.content, frames: frames?.file.content,
                deltas: withDeltas ? deltas(into: version, digest) : [])
        }
        return nil
    }

    /// Contents from which there is a delta into this version.
    func bases(into version: VersionName, _ digest: SHA256Digest) -> Set<SHA256Digest> {
        Set(deltas(into: version, digest).map(\.base))
    }

    /// One from each base, the smallest first.
    func deltas(into version: VersionName, _ digest: SHA256Digest) -> [DeltaReference] {
        var bases = Set<SHA256Digest>()
        return files[version, default: []].compactMap { name, file in
            guard name.kind == .delta, file.image == digest, let base = file.base, let head = file.head,
                bases.insert(base).inserted
            else { return nil }
            return DeltaReference(base: base, content: file.content, head: head)
        }
    }
}

extension ImageRecord.Version.Transfer {
    /// The files that it names, in `transfer/`.
    func fileNames(of version: VersionName) -> [String] {
        [TransferName(version, .manifest, manifest).fileName]
            + (frames.map { [TransferName(version, .frames, $0).fileName] } ?? [])
            + deltas.map { TransferName(version, .delta, $0.content).fileName }
    }
}
