public import GlareModel

/// Why a repository could not be changed as asked. Nothing was changed.
public enum RepositoryError: Error, CustomStringConvertible {
    case noRepository(path: String)
    case isACache(path: String)
    case notPermitted(path: String)
    case notAFile(path: String)
    case changedWhileRead(path: String)
    case nameTaken(path: String, by: String)
    case otherContent(path: String, expected: SHA256Digest, found: SHA256Digest)
    case emptyMessage
    case tooLarge(path: String, size: Int64)
    case withdrawn(VersionName, reason: String)
    case protected([VersionName])
    /// The current version of an image that has others.
    case isCurrent(VersionName)
    case imageExists(ImageName)
    /// An image that hosts can't get.
    case notListed(ImageName, reason: String)
    /// Images that the catalogue names, and whose symlink is gone.
    case linksLost([ImageName])

    public var description: String {
        switch self {
        case .noRepository(let path):
            "\(path) is not a directory: make it with `mkdir \(path)`, owned by the user and group who publish, or name another with --directory"
        case .isACache(let path):
            "\(path) is a cache that `glare sync` keeps: expected a repository; name another directory"
        case .notPermitted(let path):
            "\(path): Permission denied: this user may not write there; publish as its owner, or as a member of its group"
        case .notAFile(let path):
            "Sorry but image specified: \(path) is not a file"
        case .changedWhileRead(let path):
            "\(path) changed while it was read: add it when what writes it has finished"
        case .nameTaken(let path, let kind):
            "\(path) is \(kind), and no image of Glare's: move it away, or give the image another name with --name"
        case .otherContent(let path, let expected, let found):
            "\(path) has SHA-256 \(found), but the same id was about to be given to a content with \(expected): it was changed or torn; remove it and add the image again"
        case .tooLarge(let path, let size):
            "\(path) has \(size) bytes: images of up to 16 TiB can be published"
        case .emptyMessage:
            "the message is empty: say what changed, it goes into the changelog"
        case .withdrawn(let version, let reason):
            "\(version.reference) was withdrawn (\(reason.safeForDisplay)): `glare withdraw --undo \(version.reference)` first, if that was wrong"
        case .protected(let versions):
            "\(versions.map(\.reference).joined(separator: ", ")): protected: `glare unprotect` first, if it is to go"
        case .isCurrent(let version):
            "\(version.reference) is the current version of an image that has others: make another one current with `glare set-current`, or remove all of the image with `glare remove \(version.image)`"
        case .imageExists(let name):
            "there is an image called \(name) already: remove it, or choose another name"
        case .notListed(let name, let reason):
            "\(name) is not listed: \(reason); `glare verify --repair` mends what it can, `glare add-image` gives it another version"
        case .linksLost(let names):
            "\(names.map(\.text).joined(separator: ", ")): the catalogue has what the archive has no symlink for: `glare verify --repair` puts that back; if the image is to go, `glare rebuild-index` takes it out of the catalogue first"
        }
    }
}

/// What happened on the way that the publisher should know.
public enum RepositoryNotice: Sendable, CustomStringConvertible {
    case waiting(holder: String)
    case reading(path: String, isKnown: Bool)
    case notListed(path: String, reason: String)
    /// It stays listed, as the last catalogue has it.
    case lost(path: String, reason: String)
    case leftAlone(path: String)
    case deltaFailed(from: String, reason: String)
    case stateRebuilt(path: String, reason: String)
    case kept(path: String, reason: String)
    case notRestored(path: String, reason: String)
    case notMended(path: String, reason: String)
    /// Of images whose current version could not be made again.
    case catalogueKept([ImageName])
    case oddImage(path: String, warning: String)
    /// The serial of the signed catalogue.
    case unsigned(serial: Int64)

    public var description: String {
        switch self {
        case .waiting(let holder): "waiting for \(holder)"
        case .reading(let path, let isKnown): "reading \(path)\(isKnown ? " again" : ", which is not known yet")"
        case .notListed(let path, let reason): "\(path) is not listed: \(reason)"
        case .lost(let path, let reason):
            "\(path): \(reason); the catalogue keeps it: `glare verify --repair` makes it again, if it can be; if it is gone for good, `glare rebuild-index` publishes the rest"
        case .leftAlone(let path): "\(path) was not written by Glare and is left alone; remove it to have Glare's"
        case .deltaFailed(let base, let reason):
            "no delta from \(base): \(reason); hosts fetch frames instead, and `glare rebuild-index` tries again"
        case .stateRebuilt(let path, let reason): "\(path) could not be used and is made anew: \(reason)"
        case .kept(let path, let reason): "\(path) could not be removed: \(reason)"
        case .notRestored(let path, let reason): "\(path) could not be made again from its frames: \(reason)"
        case .notMended(let path, let reason): "\(path) could not be mended: \(reason)"
        case .catalogueKept(let images):
            "the catalogue is left as it is, because a new one would lose \(images.map(\.text).joined(separator: ", ")): put back what is missing; or, if it is gone for good, `glare rebuild-index` publishes the rest"
        case .oddImage(let path, let warning): "\(path): \(warning)"
        case .unsigned(let serial):
            "there is no SIGN_KEY: hosts with a trusted key stay on the catalogue that was signed last (\(serial)) until `glare sign` signs the next"
        }
    }

    /// Whether something is wrong, as against under way.
    public var isWarning: Bool {
        switch self {
        case .waiting, .reading: false
        case .notListed, .lost, .leftAlone, .deltaFailed, .stateRebuilt, .kept, .notRestored, .notMended,
            .catalogueKept,
            .unsigned,
            .oddImage:
            true
        }
    }
}
