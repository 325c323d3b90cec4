import GlareModel
import GlareSystem
import Synchronization

/// Counts what a sync asks and gets over the network.
final class TransferMeter: Sendable {
    private let bytes = Atomic<Int64>(0)
    private let requests = Atomic<Int64>(0)

    private let lead = Mutex<Int64?>(nil)

    /// Seconds by which the clock of the server that answered last is ahead of this host's; nil where none tells.
    var serversLead: Int64? { lead.withLock { $0 } }

    /// - Parameter date: What an answer says of when it was made (RFC 9110, 6.6.1).
    func note(_ date: HTTPDate) { lead.withLock { $0 = date.seconds - FileTime.now.seconds } }

    func add(bytes count: Int) { bytes.wrappingAdd(Int64(count), ordering: .relaxed) }
    func addRequest() { requests.wrappingAdd(1, ordering: .relaxed) }

    var total: (bytes: Int64, requests: Int64) {
        (bytes.load(ordering: .relaxed), requests.load(ordering: .relaxed))
    }
}
