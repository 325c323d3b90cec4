import GlareModel

/// Ordered steps for all wanted images together, the cheapest in bytes from what the cache holds or an
/// earlier step brings.
struct SyncPlan: Sendable {
    struct Step: Sendable {
        let image: WantedImage
        let way: Way
        /// The image whose step comes first, because this one begins with what it brings.
        let after: ImageName?
        let plan: TransferPlan
    }

    /// Each after the one that it begins with.
    private(set) var steps: [Step] = []

    private static let mostTogether = 2000

    /// - Parameters:
    ///   - images: What is wanted.
    ///   - here: Versions of the cache, by their content.
    init(_ images: [WantedImage], here: [SHA256Digest: VersionName]) {
        // Of very many, each by itself: the search takes as long as their number squared.
        let mayWait = images.count <= Self.mostTogether
        let bases = Set(here.keys)
        var edges: [CheapestTree.Edge] = []
        var ways: [Way] = []
        let nodes = Dictionary(images.enumerated().map { ($1.row.sha256, $0) }) { first, _ in first }
        for (node, image) in images.enumerated() {
            let own = image.ways(from: bases)[0]
            edges.append(.init(from: nil, to: node, weight: own.cost(of: image).bytes))
            ways.append(own)
            guard mayWait else { continue }
            if image.frames != nil, let twin = nodes[image.row.sha256], twin != node {
                edges.append(.init(from: twin, to: node, weight: 0))
                ways.append(.twin)
            }
            for delta in image.deltas where !bases.contains(delta.base) {
                guard let base = nodes[delta.base], base != node else { continue }
                edges.append(.init(from: base, to: node, weight: delta.content.size))
                ways.append(.delta(delta))
            }
        }
        let chosen = CheapestTree.edges(count: images.count, among: edges)
        for node in Self.order(chosen.map { edges[$0] }) {
            let (image, way, edge) = (images[node], ways[chosen[node]], edges[chosen[node]])
            let base = edge.from.map { images[$0].row.version }
            steps.append(
                Step(
                    image: image, way: way, after: base?.image,
                    plan: TransferPlan(way, of: image, base: base ?? way.base.flatMap { here[$0] })))
        }
    }

    /// Nodes, each after the one that its edge comes from.
    private static func order(_ edges: [CheapestTree.Edge]) -> [Int] {
        var followers: [Int: [Int]] = [:]
        for edge in edges { followers[edge.from ?? -1, default: []].append(edge.to) }
        var order = followers[-1] ?? []
        var position = 0
        while position < order.count {
            order += followers[order[position]] ?? []
            position += 1
        }
        return order
    }
}

extension Way {
    var base: SHA256Digest? { if case .delta(let delta) = self { delta.base } else { nil } }
}

extension TransferPlan {
    /// - Parameter base: The version that a delta begins with.
    init(_ way: GlareSync.Way, of image: WantedImage, base: VersionName?) {
        let cost = image.knowing + way.cost(of: image)
        let told: TransferPlan.Way =
            switch way {
            case .archive: .archive
            case .delta: .delta(from: base ?? image.row.version)
            case .frames, .twin: .frames
            case .plain: .plain
            }
        self.init(
            way: told, bytes: cost.bytes, requests: cost.requests,
            reused: way == .twin ? image.version.dataSize : way == .frames ? image.frames?.reused ?? 0 : 0)
    }
}
