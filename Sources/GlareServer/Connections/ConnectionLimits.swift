import NIOCore
import Synchronization

/// How long clients may take.
struct TimeLimits: Sendable {
    /// From a request's first byte, or from the connection's beginning, to the end of its head.
    var head = TimeAmount.seconds(30)
    /// Between two requests, and between two bytes that a client takes of an answer. nginx's are the same.
    var idle = TimeAmount.seconds(75)
    /// For a client to close after it was told that the server has.
    var farewell = TimeAmount.seconds(5)

    /// How often it is looked where the repository's path leads.
    var look = TimeAmount.seconds(1)

    /// How often connections are looked at.
    var tick: TimeAmount { .nanoseconds(min(1_000_000_000, head.nanoseconds / 4, idle.nanoseconds / 4)) }
}

/// How many connections the limit of open files has room for.
struct ConnectionPlaces: Equatable, Sendable {
    let count: Int
    /// What to tell where that is fewer than wanted.
    let warning: String?

    /// Of listeners, directories, logs and event loops.
    private static let others = 128
    /// With fewer connections than this, a server is mended, not used.
    private static let fewest = 16

    /// Each connection has a descriptor, and one more for the file that it sends.
    static func descriptors(for connections: Int) -> Int { 2 * connections + others }

    /// - Throws: ``ServerError/tooFewDescriptors(limit:needed:)``
    init(wanted: Int, descriptorLimit limit: Int) throws {
        count = min(wanted, (limit - Self.others) / 2)
        let needed = min(wanted, Self.fewest)
        guard count >= needed else {
            throw ServerError.tooFewDescriptors(limit: limit, needed: Self.descriptors(for: needed))
        }
        warning =
            count == wanted
            ? nil
            : "MAX_CONNECTIONS is \(wanted), but the limit of open files, \(limit), has room for \(count) at a time; for all of them it must be \(Self.descriptors(for: wanted)): LimitNOFILE= in the unit, or `ulimit -n`"
    }
}

/// How many connections there may be, and who has them.
final class ConnectionLimits: Sendable {
    private let total: Int
    /// Nil for no limit.
    private let perAddress: Int?
    private let taken = Mutex((count: 0, byAddress: [String: Int]()))

    init(total: Int, perAddress: Int?) {
        self.total = total
        self.perAddress = perAddress
    }

    /// Takes a place, which is to be given back; false where none is free.
    ///
    /// - Parameter address: Of the client; nil where it has none, as on a Unix socket.
    func enter(_ address: String?) -> Bool {
        taken.withLock { taken in
            guard taken.count < total else { return false }
            if let perAddress, let address {
                guard taken.byAddress[address, default: 0] < perAddress else { return false }
                taken.byAddress[address, default: 0] += 1
            }
            taken.count += 1
            return true
        }
    }

    /// Gives a place back.
    func leave(_ address: String?) {
        taken.withLock { taken in
            taken.count -= 1
            guard perAddress != nil, let address, let count = taken.byAddress[address] else { return }
            taken.byAddress[address] = count > 1 ? count - 1 : nil
        }
    }
}
