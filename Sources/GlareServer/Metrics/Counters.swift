import NIOCore

/// What one event loop counted of its requests; the sum of all is what `/metrics` tells.
struct Counters: Sendable {
    /// That are open.
    var connections = 0
    /// That were turned away because there were too many.
    var refusedConnections = 0
    /// By the first digit of the status.
    private(set) var requests = [Int](repeating: 0, count: 6)
    /// Of content, without heads, that connections took to send.
    private(set) var bytes: Int64 = 0
    /// Requests by how long they took: for each bound, those that it is the first to hold; last the others.
    private(set) var durations = [Int](repeating: 0, count: bounds.count + 1)
    private(set) var nanoseconds: Int64 = 0

    /// Seconds: a small file takes less than the first, a large one of a slow host minutes.
    static let bounds: [Double] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300]
    private static let nanosecondBounds = bounds.map { Int64($0 * 1e9) }

    mutating func record(_ status: Status, bytes: Int64, took duration: TimeAmount) {
        requests[status.rawValue / 100] += 1
        self.bytes += bytes
        nanoseconds += duration.nanoseconds
        let place = Self.nanosecondBounds.firstIndex { duration.nanoseconds <= $0 } ?? Self.bounds.count
        durations[place] += 1
    }

    static func + (left: Counters, right: Counters) -> Counters {
        var sum = left
        sum.connections += right.connections
        sum.refusedConnections += right.refusedConnections
        sum.bytes += right.bytes
        sum.nanoseconds += right.nanoseconds
        for place in sum.requests.indices { sum.requests[place] += right.requests[place] }
        for place in sum.durations.indices { sum.durations[place] += right.durations[place] }
        return sum
    }
}
