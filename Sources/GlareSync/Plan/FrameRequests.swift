import GlareModel

/// A request for frames that lie one behind the other, with what is between them.
struct FrameRequest: Sendable, Equatable {
    /// In the file that holds the frames, in bytes.
    fileprivate(set) var range: Range<Int64>
    /// Indexes of the frames that are wanted.
    fileprivate(set) var frames: [Int]

    /// Gaps up to this are fetched and thrown away: 64 KiB take as long as a round trip of 5 ms at 100 Mbit/s.
    static let longestGap: Int64 = 64 << 10
    /// A request asks for this much at least, where there is so much: less would not be worth its round trip.
    private static let leastSize: Int64 = 4 << 20

    /// Requests for these frames: neighbours in one, cut so that all connections have work to the end.
    ///
    /// - Parameter frames: Indexes, ascending.
    static func cover(_ frames: [Int], of manifest: Manifest, connections: Int) -> [FrameRequest] {
        let total = frames.reduce(Int64(0)) { $0 + Int64(manifest.frames[$1].storedSize) }
        // Four for each connection: the last ones to end are then at most a quarter of its share apart.
        let size = max(leastSize, total / Int64(4 * connections))
        var requests: [FrameRequest] = []
        for index in frames {
            let stored = manifest.frames[index].storedRange
            if let last = requests.last, stored.lowerBound - last.range.upperBound <= longestGap,
                last.range.upperBound - last.range.lowerBound < size
            {
                requests[requests.count - 1].range = last.range.lowerBound..<stored.upperBound
                requests[requests.count - 1].frames.append(index)
            } else {
                requests.append(FrameRequest(range: stored, frames: [index]))
            }
        }
        return requests
    }

    /// All in one, for a server that has no ranges.
    static func whole(_ frames: [Int], of manifest: Manifest) -> FrameRequest {
        FrameRequest(range: 0..<manifest.storedSize, frames: frames)
    }
}

extension [FrameRequest] {
    var cost: Cost {
        Cost(bytes: reduce(0) { $0 + $1.range.upperBound - $1.range.lowerBound }, requests: Int64(count))
    }
}
