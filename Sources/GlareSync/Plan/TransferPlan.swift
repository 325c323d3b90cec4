public import GlareModel

/// How an image comes to a host, and what that takes.
public struct TransferPlan: Sendable, Equatable, CustomStringConvertible {
    public enum Way: Sendable, Equatable {
        /// The cache's archive has it.
        case archive
        /// One file turns a version that the cache has, or that comes before it, into this one.
        case delta(from: VersionName)
        /// Parts of the image, those that no version here has.
        case frames
        /// The whole file.
        case plain
    }

    /// What a way is called.
    public enum Kind: String, Sendable { case archive, delta, frames, plain }

    public let way: Way
    /// Bytes to fetch, with what tells how: the image's record and its manifest.
    public let bytes: Int64
    public let requests: Int64
    /// Bytes of the image that versions here have.
    public let reused: Int64

    public init(way: Way, bytes: Int64, requests: Int64, reused: Int64) {
        self.way = way
        self.bytes = bytes
        self.requests = requests
        self.reused = reused
    }

    public var kind: Kind {
        switch way {
        case .archive: .archive
        case .delta: .delta
        case .frames: .frames
        case .plain: .plain
        }
    }

    public var description: String {
        let what = base.map { "by delta from \($0)" } ?? "by \(kind)"
        return "\(what), \(bytes) bytes in \(requests) request\(requests == 1 ? "" : "s")"
    }

    public var base: VersionName? { if case .delta(let base) = way { base } else { nil } }
}

/// Bytes and requests over the network.
struct Cost: Sendable, Equatable {
    var bytes: Int64 = 0
    var requests: Int64 = 0

    static func + (left: Cost, right: Cost) -> Cost {
        Cost(bytes: left.bytes + right.bytes, requests: left.requests + right.requests)
    }
}
