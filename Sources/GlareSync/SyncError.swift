public import GlareModel

/// Why something could not be fetched or placed. The cache is as it was.
public enum SyncError: Error, CustomStringConvertible {
    case badServer(String)
    case unreachable(address: String, reason: String)
    case status(address: String, code: UInt, retryAfter: Int64?)
    case missing(address: String)
    case interrupted(address: String, received: Int64, expected: Int64, reason: String)
    case wrongLength(address: String, expected: Int64?, found: Int64?)
    case wrongRange(address: String, asked: String, found: String)
    case tooLarge(address: String, limit: Int)
    case wrongContent(address: String, expected: String, found: String)
    case notWhatItSays(address: String, reason: String)
    case changedMeanwhile(address: String)
    case noRanges(address: String)
    case outdated(address: String, serial: Int64, known: Int64)
    /// The catalogue is not the publisher's, as far as the trusted keys tell.
    case notTrusted(address: String, Distrust)
    /// Nobody should open it, whoever published it.
    case unsafeImage(String, reason: String)
    case notADirectory(path: String)
    case noRepository(path: String)
    case noCatalogue(address: String)
    case noCache(path: String)
    case noSuchImage(String, address: String)
    case changedWhileRead(path: String)
    case isARepository(path: String)
    case notADiskImage(address: String, reason: String)
    case cloning(CloningError)
    /// Disks are made on an image's name.
    case nameInUse(NameInUse)
    /// Something stands under an image's name that sync did not place there.
    case notOurs(path: String)
    /// What a name is pinned to is neither here nor on the server.
    case pinNotOffered(VersionName)
    /// It is not here either, and its publisher withdrew it: no host installs it.
    case pinWithdrawn(VersionName, Withdrawal)
    /// Somebody else changes the cache.
    case busy(path: String, holder: String)

    public var description: String {
        switch self {
        case .badServer(let server):
            "\(redacted(server).quotedForDisplay) is not a server's address: expected http://HOST/PATH, https://HOST/PATH or file:///PATH, in which a password's / ? # and @ are written %2F %3F %23 and %40, and a blank %20"
        case .unreachable(let address, let reason):
            "\(address): no answer: \(reason)"
        case .status(let address, let code, _):
            "\(address): the server answered with status \(code)\(Self.advice(code))"
        case .missing(let address):
            "\(address): not found on the server"
        case .interrupted(let address, let received, let expected, let reason):
            "\(address): ended after \(received) of \(expected) bytes: \(reason)"
        case .wrongLength(let address, let expected, let found):
            "\(address): expected \(expected.map { "\($0) bytes" } ?? "a known length"), the server sends \(found.map { "\($0)" } ?? "an unknown number")"
        case .wrongRange(let address, let asked, let found):
            "\(address): asked for \(asked), the server sent \(found)"
        case .tooLarge(let address, let limit):
            "\(address): is larger than \(limit) bytes, which it can't rightly be"
        case .wrongContent(let address, let expected, let found):
            "\(address): the content is not the published one: expected \(expected), found \(found)"
        case .notWhatItSays(let address, let reason):
            "\(address): \(reason)"
        case .changedMeanwhile(let address):
            "\(address): changed on the server while it was fetched, time and again: try later"
        case .noRanges(let address):
            "\(address): the server sends whole files alone, where a part was asked for"
        case .outdated(let address, let serial, let known):
            "\(address): its catalogue (serial \(serial)) is older than the one that the cache has (\(known)); a mirror that is not brought up to date?"
        case .notADiskImage(let address, let reason):
            "\(address): \(reason)"
        case .notTrusted(let address, let reason): "\(address): \(reason) [\(reason.word)]"
        case .unsafeImage(let name, let reason): "\(name) is not installed: \(reason)"
        case .noRepository(let path):
            "\(path): is not a directory that can be read; is the path right?"
        case .noCatalogue(let address):
            "\(address): has neither \(RepositoryLayout.catalogue) nor \(RepositoryLayout.imageList), so it is no repository; is the path right?"
        case .noCache(let path):
            "\(path): expected a cache, found no directory; `glare sync` makes one"
        case .noSuchImage(let name, let address):
            "\(address): no image is called \(name); `glare list` tells which there are"
        case .changedWhileRead(let path):
            "\(path): changed while it was read: sync again when what writes it has finished"
        case .isARepository(let path):
            "\(path): is a repository: expected a directory for a cache; name another one"
        case .cloning(let error): error.description
        case .nameInUse(let use): use.description
        case .notOurs(let path):
            "\(path): sync did not place what stands there, so it is not replaced: move it away first"
        case .pinNotOffered(let version):
            "\(version.image): the server does not list version \(version.id), to which it is pinned; `glare unpin \(version.image)` lets it move on"
        case .pinWithdrawn(let version, let withdrawal):
            "\(version.image): version \(version.id) is not here, and was withdrawn by its publisher, so that no host installs it: \(withdrawal.reason.safeForDisplay); `glare pin` another, or `glare unpin \(version.image)`"
        case .busy(let path, let holder): "\(path): is being changed by \(holder): try again when that has ended"
        case .notADirectory(let path):
            "\(path): is not a directory that can hold a cache"
        }
    }

    private static func advice(_ code: UInt) -> String {
        switch code {
        case 400: ": is it https, or does it want a certificate (--client-cert)?"
        case 401: ": it wants a name and a password, or others: in its address, in the netrc file, or as a --header"
        case 403: ": it refuses us; is the address right, and the password or the certificate?"
        case 407:
            ": the proxy wants a name and a password, or others, in http_proxy or https_proxy: http://user:password@host:port"
        default: ""
        }
    }

    /// Whether the same request may well succeed in a moment.
    var isTransient: Bool {
        switch self {
        case .unreachable, .interrupted: true
        case .status(_, let code, _):
            code == 408 || code == 429 || (500...599).contains(code) && code != 501 && code != 505
        default: false
        }
    }

    var isMissing: Bool { if case .missing = self { true } else { false } }

    /// Whether another server of the same repository may do better.
    var isServersOwn: Bool {
        switch self {
        case .unreachable, .status, .missing, .interrupted, .wrongLength, .wrongRange, .tooLarge, .wrongContent,
            .notWhatItSays, .noRanges, .notADiskImage, .noRepository, .noCatalogue, .outdated, .notTrusted:
            true
        case .badServer, .changedMeanwhile, .notADirectory, .noCache, .noSuchImage, .changedWhileRead, .isARepository,
            .unsafeImage, .cloning, .busy, .nameInUse, .notOurs, .pinNotOffered, .pinWithdrawn:
            false
        }
    }

    /// Seconds that the server asked to wait.
    var retryAfter: Int64? {
        if case .status(_, _, let seconds) = self { seconds } else { nil }
    }
}
