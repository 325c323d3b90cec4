import Foundation
import GlareTestSupport
import Testing

/// Serves a repository with ranges, but of one file no more than so many bytes a request: then it sends nothing
/// more, so that a test can kill who waits for the rest.
final class StallingServer: @unchecked Sendable {
    private let lock = NSLock()
    private let path: String
    private var bytes: Int?
    private var sent = 0
    private var underlying: ScriptedServer?

    /// - Parameter path: Of the file, relative to the repository.
    init(_ repository: String, path: String) throws {
        self.path = "/" + path
        underlying = try ScriptedServer { [weak self] request in
            let reply = ScriptedReply.part(of: repository, for: request)
            return self?.cut(reply, for: request) ?? reply
        }
    }

    var address: String { underlying?.address ?? "" }
    /// Of the file, in their order.
    var requests: [ScriptedRequest] { underlying?.requests(for: path) ?? [] }
    /// Of the file, over all requests.
    var bytesSent: Int { lock.withLock { sent } }

    /// - Parameter bytes: That each request is sent from now on; nil for all.
    func send(_ bytes: Int?) { lock.withLock { self.bytes = bytes } }

    private func cut(_ reply: ScriptedReply, for request: ScriptedRequest) -> ScriptedReply {
        guard request.path == path else { return reply }
        return lock.withLock {
            sent += min(bytes ?? .max, reply.body.count)
            guard let bytes, bytes < reply.body.count else { return reply }
            return reply.cut(after: bytes, .stall)
        }
    }
}

extension TransferFixture {
    /// Kills a sync when `isTime` says so, which must be before its end.
    func kill(syncingFrom address: String, _ options: [String] = [], when isTime: () -> Bool) throws {
        let running = try RunningProcess(
            GlareBinary.path, ["sync", "-t", host.target, "-s", address] + options,
            environment: GlareBinary.environment())
        let isInTime = running.waits(until: isTime) && running.isRunning
        try #require(isInTime, "the sync ended too early: \(running.stderr)")
        running.signal(SIGKILL)
        running.wait()
    }

    /// Bytes on disk of an image that is being put together.
    var partialBytes: Int { (try? PublisherFixture.Facts(host.partial()).allocated) ?? 0 }
    /// Bytes of a delta that is being fetched.
    var partialDeltaBytes: Int { (try? PublisherFixture.Facts(host.path(".glare/partial/disk.delta")).size) ?? 0 }
}
