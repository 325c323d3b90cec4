import GlareModel
import GlareSystem
import GlareTransfer

/// A version on this machine whose frames are known.
struct LocalVersion: Sendable {
    let name: VersionName
    let sha256: SHA256Digest
    /// As it was when it was last verified.
    let stamp: FileStamp
    /// Digest of the manifest that its frames were verified against.
    let manifest: SHA256Digest?
}

/// Which frames of a wanted image stand in versions on this machine, and where.
struct LocalFrames: Sendable {
    struct Place: Sendable {
        /// Index in ``versions``.
        let version: Int
        /// In its file, in bytes.
        let offset: Int64
    }

    private(set) var versions: [LocalVersion] = []
    /// By the frame's index in the wanted manifest.
    private(set) var places: [Int: Place] = [:]

    /// Looks through the manifests of versions, one at a time: what is kept is as large as what is wanted.
    ///
    /// - Parameters:
    ///   - manifest: Of the wanted image.
    ///   - versions: The likeliest first.
    ///   - read: Gives a version's manifest, where there is one.
    init(of manifest: Manifest, in versions: [LocalVersion], read: (LocalVersion) throws -> Manifest?) rethrows {
        var wanted: [BinaryDigest: [Int]] = [:]
        for (index, frame) in manifest.frames.enumerated() {
            if let digest = frame.plainDigest { wanted[digest, default: []].append(index) }
        }
        for version in versions where !wanted.isEmpty {
            guard let theirs = try read(version) else { continue }
            let place = self.versions.count
            var isUsed = false
            for frame in theirs.frames {
                guard let digest = frame.plainDigest, let indexes = wanted[digest] else { continue }
                isUsed = true
                for index in indexes where manifest.frames[index].size == frame.size {
                    // The same place is best: where the file is cloned, nothing has to be written.
                    let isInPlace = manifest.frames[index].offset == frame.offset
                    if places[index] == nil || isInPlace { places[index] = Place(version: place, offset: frame.offset) }
                }
            }
            guard isUsed else { continue }
            self.versions.append(version)
            // What this one has need not be looked for in the next.
            wanted = wanted.filter { $0.value.contains { places[$0] == nil } }
        }
    }

    init() {}

    /// Frames that have to be fetched, ascending.
    func missing(of manifest: Manifest) -> [Int] {
        manifest.frames.indices.filter { !manifest.frames[$0].isHole && places[$0] == nil }
    }

    /// Bytes of the image that need not be fetched.
    func size(in manifest: Manifest) -> Int64 { places.keys.reduce(0) { $0 + manifest.frames[$1].size } }

    /// The version that has most of it in place: the one to begin with.
    func mostInPlace(of manifest: Manifest) -> LocalVersion? {
        var counts: [Int: Int] = [:]
        for (index, place) in places where place.offset == manifest.frames[index].offset {
            counts[place.version, default: 0] += 1
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { versions[$0.key] }
    }
}
