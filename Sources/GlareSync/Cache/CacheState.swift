import GlareModel
import GlareSystem

/// `.glare/state.json` of a cache: what sync placed there, and how it knows each file again.
struct CacheState: Codable, Equatable {
    static let format = 1
    static let fileName = "state.json"
    static let sizeLimit = 64 << 20

    var format = Self.format
    /// The server's address at the last sync.
    var server: String?
    /// Of the catalogue in the cache, from ``server``.
    var catalogue: Validators?
    var images: [String: PlacedImage] = [:]
    /// By name in `archive/`.
    var versions: [String: CachedVersion] = [:]
    /// Digests of the catalogue in the cache, and of the one before it.
    var catalogues: [SHA256Digest]?
    /// Images whose names moved while not all disks could be looked at: which version a disk on one was made on,
    /// nobody knows.
    var movedUnseen: [String]?
    /// Whether it was told that nothing proves what the server sends.
    var isUnsignedTold: Bool?
    /// The download directory that could not be used, told once.
    var unusableDownloadDirectory: String?

    /// The file under an image's name.
    struct PlacedImage: Codable, Equatable {
        let id: VersionID
        let stamp: FileStamp
        /// Of the image's name on the server, where that has no catalogue.
        var validators: Validators?
        /// The same, seen once while nothing proved yet that they speak of this version.
        var unconfirmed: Validators?
    }

    struct CachedVersion: Codable, Equatable {
        let sha256: SHA256Digest
        var stamp: FileStamp
        /// Since when another version stands under the name.
        var superseded: FileTime?
        /// Since when nothing was seen to use a superseded one; nil while something does, or may.
        var unused: FileTime?
        /// Set for what somebody made of a placed file: theirs to remove.
        var isSetAside: Bool?
        /// Set for what was found in the archive after the state was lost: it may be such as well.
        var isFound: Bool?
        /// Whether it was told that its publisher withdrew it.
        var isWithdrawalTold: Bool?
        /// Digest of the manifest that each frame of the file was verified against; nil where the file was
        /// verified as a whole alone.
        var manifest: SHA256Digest?
    }
}
