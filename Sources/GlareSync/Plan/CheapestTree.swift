/// Which step each image comes by, so that all of them together cost least.
///
/// Images are nodes, and what brings one is an edge that leads to it: from the root where the host has all
/// it takes, or from the image that has to come before. What is wanted is the arborescence of least weight
/// (Chu and Liu, 1965; Edmonds, "Optimum branchings", 1967).
enum CheapestTree {
    struct Edge: Equatable {
        /// Nil for the root.
        let from: Int?
        let to: Int
        let weight: Int64
    }

    /// - Parameter edges: To each of the nodes `0..<count` one from the root at least.
    /// - Returns: For each node the index of its edge in `edges`.
    static func edges(count: Int, among edges: [Edge]) -> [Int] {
        let root = count
        let arcs = edges.enumerated().map { Arc(from: $1.from ?? root, to: $1.to, weight: $1.weight, origin: $0) }
        var chosen = [Int](repeating: 0, count: count)
        for index in solve(nodes: count + 1, root: root, arcs) { chosen[edges[index].to] = index }
        return chosen
    }

    private struct Arc {
        let from: Int
        let to: Int
        let weight: Int64
        /// In the list that was asked about.
        let origin: Int
    }

    /// Indexes of the edges chosen.
    private static func solve(nodes: Int, root: Int, _ arcs: [Arc]) -> [Int] {
        var least = [Int?](repeating: nil, count: nodes)
        for (index, arc) in arcs.enumerated() where arc.to != root && arc.from != arc.to {
            if least[arc.to].map({ arc.weight < arcs[$0].weight }) ?? true { least[arc.to] = index }
        }
        guard let cycle = cycle(least, arcs, root: root) else {
            return (0..<nodes).compactMap { $0 == root ? nil : least[$0].map { arcs[$0].origin } }
        }
        // The cycle becomes one node. Who enters it there replaces the edge that led there within it.
        let isInCycle = Set(cycle)
        var names = [Int](repeating: 0, count: nodes)
        var next = 0
        for node in 0..<nodes where !isInCycle.contains(node) {
            names[node] = next
            next += 1
        }
        for node in cycle { names[node] = next }
        var contracted: [Arc] = []
        var entered: [Int: Int] = [:]
        for arc in arcs where names[arc.from] != names[arc.to] {
            let replaced = isInCycle.contains(arc.to) ? least[arc.to].map { arcs[$0].weight } ?? 0 : 0
            if isInCycle.contains(arc.to) { entered[arc.origin] = arc.to }
            contracted.append(
                Arc(from: names[arc.from], to: names[arc.to], weight: arc.weight - replaced, origin: arc.origin))
        }
        let solution = solve(nodes: next + 1, root: names[root], contracted)
        let entry = solution.compactMap { entered[$0] }.first
        return solution + cycle.compactMap { node in node == entry ? nil : least[node].map { arcs[$0].origin } }
    }

    /// Nodes of a cycle among the cheapest edges, if there is one.
    private static func cycle(_ least: [Int?], _ arcs: [Arc], root: Int) -> [Int]? {
        var seen = [Int](repeating: -1, count: least.count)
        for start in least.indices where start != root {
            var node = start
            while node != root, seen[node] == -1, let arc = least[node] {
                seen[node] = start
                node = arcs[arc].from
            }
            guard node != root, seen[node] == start, least[node] != nil else { continue }
            var cycle = [node]
            while let arc = least[cycle[cycle.count - 1]], arcs[arc].from != node { cycle.append(arcs[arc].from) }
            return cycle
        }
        return nil
    }
}
