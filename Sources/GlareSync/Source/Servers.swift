import FoundationEssentials
import GlareModel

/// The servers of one run, with the connections to them.
struct Servers: Sendable {
    let mirrors: Mirrors
    private let connections: HTTPConnections

    /// - Throws: ``SyncError/badServer(_:)``, ``InvalidHTTPOption``, `SystemError`.
    init(
        _ addresses: [String], http: HTTPOptions, meter: TransferMeter,
        report: @escaping @Sendable (SyncEvent) -> Void = { _ in }
    ) throws {
        let connections = try HTTPConnections(http)
        self.connections = connections
        let sources = try addresses.map {
            try Self.source($0, isOnlyOne: addresses.count == 1, connections, meter)
        }
        mirrors = Mirrors(sources, report: report)
    }

    /// Gives the servers to `body`, and closes all connections whatever comes of it.
    func during<Result>(_ body: (Mirrors) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(mirrors)
            await connections.close()
            return result
        } catch {
            await connections.close()
            throw error
        }
    }

    private static func source(
        _ text: String, isOnlyOne: Bool, _ connections: HTTPConnections, _ meter: TransferMeter
    ) throws -> any RepositorySource {
        let address = ServerAddress(text)
        guard !ServerAddress.isAmbiguous(text) else { throw SyncError.badServer(text) }
        guard let url = URL(string: address.text), let scheme = url.scheme?.lowercased() else {
            throw SyncError.badServer(text)
        }
        switch scheme {
        case "http", "https":
            guard let origin = Origin(address.text), url.query == nil, url.fragment == nil else {
                throw SyncError.badServer(text)
            }
            return HTTPSource(address, origin: origin, connections, meter: meter)
        case "file":
            guard (url.host ?? "").isEmpty || url.host == "localhost", url.path.hasPrefix("/") else {
                throw SyncError.badServer(text)
            }
            let source = DirectorySource(path: url.path, meter: meter)
            // A wrong path is told before a cache is made for it.
            if isOnlyOne { try source.root() }
            return source
        default:
            throw SyncError.badServer(text)
        }
    }
}
