import Synchronization

/// Counts what a sync asks and gets over the network.
final class TransferMeter: Sendable {
    private let bytes = Atomic<Int64>(0)
    private let requests = Atomic<Int64>(0)

    func add(bytes count: Int) { bytes.wrappingAdd(Int64(count), ordering: .relaxed) }
    func addRequest() { requests.wrappingAdd(1, ordering: .relaxed) }

    var total: (bytes: Int64, requests: Int64) {
        (bytes.load(ordering: .relaxed), requests.load(ordering: .relaxed))
    }
}
