public import FoundationEssentials
public import GlareModel

/// Why what a server offers is not what the publisher published. Nothing is installed, the cache is kept.
public enum Distrust: Error, Equatable, Sendable, CustomStringConvertible {
    case unsigned
    case otherKey(KeyID)
    case altered(String)
    case rolledBack(serial: Int64, known: Int64)
    case contradicts(serial: Int64)
    case expired(Date)
    case fromTheFuture(Date)
    case otherRepository(found: String, known: String)
    case unprovenKey(number: Int, reason: String)

    /// For programs.
    public var word: String {
        switch self {
        case .unsigned: "unsigned"
        case .otherKey: "other-key"
        case .altered: "altered"
        case .rolledBack: "rolled-back"
        case .contradicts: "contradictory"
        case .expired: "expired"
        case .fromTheFuture: "from-the-future"
        case .otherRepository: "other-repository"
        case .unprovenKey: "unproven-key"
        }
    }

    public var description: String {
        switch self {
        case .unsigned: "has no signature, and TRUSTED_KEY demands one"
        case .otherKey(let id):
            "is signed by key \(id), which is not TRUSTED_KEY; if the publisher's key was changed, set that one"
        case .altered(let what): "\(what): it is not what the publisher signed"
        case .rolledBack(let serial, let known):
            "is an old catalogue (\(serial)), and this cache has seen a newer one (\(known)); a mirror that is not brought up to date, or somebody who holds updates back"
        case .contradicts(let serial):
            "is another catalogue with the number of one that this cache has seen (\(serial))"
        case .expired(let date):
            "its signature expired at \(date.formatted(.iso8601)): the publisher has to run `glare sign`, if it is not a server that holds updates back; is this host's clock right?"
        case .fromTheFuture(let date):
            "was signed at \(date.formatted(.iso8601)), which is yet to come: is this host's clock right?"
        case .otherRepository(let found, let known):
            "is repository \(found), and this cache was synced from \(known); `glare sync --reset-trust` takes the other, if you mean it"
        case .unprovenKey(let number, let reason):
            "is signed by a key that TRUSTED_KEY does not lead to: keys/\(number).pub \(reason)"
        }
    }
}
