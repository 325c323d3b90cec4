import Foundation
import GlareTestSupport
import Testing

/// Where a host syncs from.
enum TransferSource: CaseIterable, Sendable {
    case nginx
    case glare
    case directory

    /// The tools that ``allCases`` need.
    static let areHere = Machine.has("nginx") && Machine.has("curl")

    /// - Returns: An address, and who answers there while the object lives.
    func serve(_ repository: String) throws -> (address: String, server: (any WebServer)?) {
        switch self {
        case .nginx: try served(Nginx(serving: repository))
        case .glare: try served(GlareServer(serving: repository))
        case .directory: ("file://" + repository, nil)
        }
    }

    private func served(_ server: any WebServer) -> (String, (any WebServer)?) { (server.address, server) }
}

extension [LoggedRequest] {
    /// What was sent in all.
    var bytes: Int { reduce(0) { $0 + $1.bytes } }
}

extension ScriptedReply {
    /// What a server with ranges answers, also to `bytes=FIRST-LAST`.
    static func part(of root: String, for request: ScriptedRequest) -> ScriptedReply {
        let whole = ScriptedReply.file(in: root, for: request)
        guard whole.status.hasPrefix("200"), let range = request.range(in: whole.body.count) else { return whole }
        return .whole(
            "206 Partial Content",
            "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(whole.body.count)",
            body: Array(whole.body[range]))
    }
}

extension ScriptedRequest {
    /// Of `Range: bytes=FIRST-LAST`, in a file of so many bytes.
    func range(in size: Int) -> Range<Int>? {
        guard let range = header("Range"), range.hasPrefix("bytes=") else { return nil }
        let bounds = range.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1], bounds[1] < size else { return nil }
        return bounds[0]..<bounds[1] + 1
    }
}
