import GlareTestSupport
import Testing

@testable import GlareSync

@Suite("The cheapest way for all images together")
struct CheapestTreeTests {
    typealias Edge = CheapestTree.Edge

    @Test("an image that is dear by itself, but brings the others, comes first")
    func dearFirst() {
        let edges = [
            Edge(from: nil, to: 0, weight: 200), Edge(from: nil, to: 1, weight: 190),
            Edge(from: 0, to: 1, weight: 10),
        ]
        #expect(CheapestTree.edges(count: 2, among: edges) == [0, 2])
    }

    @Test("two that lead to each other do not wait for each other")
    func circle() {
        let edges = [
            Edge(from: nil, to: 0, weight: 100), Edge(from: nil, to: 1, weight: 90), Edge(from: 0, to: 1, weight: 1),
            Edge(from: 1, to: 0, weight: 2),
        ]
        // 90 + 2 is less than 100 + 1.
        #expect(CheapestTree.edges(count: 2, among: edges) == [3, 1])
    }

    @Test("nothing wanted, nothing chosen")
    func empty() { #expect(CheapestTree.edges(count: 0, among: []).isEmpty) }

    /// Every choice of one edge for each image, without circles: the least there is.
    private func least(count: Int, _ edges: [Edge]) -> Int64 {
        func leadsToRoot(_ chosen: [Edge]) -> Bool {
            chosen.indices.allSatisfy { start in
                var node: Int? = start
                for _ in 0...count {
                    guard let here = node else { return true }
                    node = chosen[here].from
                }
                return false
            }
        }
        func search(_ chosen: [Edge]) -> Int64 {
            guard chosen.count < count else {
                return leadsToRoot(chosen) ? chosen.reduce(0) { $0 + $1.weight } : .max
            }
            return edges.filter { $0.to == chosen.count }.map { search(chosen + [$0]) }.min() ?? .max
        }
        return search([])
    }

    @Test("as cheap as any choice there is, and without a circle", arguments: 0..<300 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var noise = Noise(seed: seed)
        let count = Int.random(in: 1...5, using: &noise)
        var edges = (0..<count).map { Edge(from: nil, to: $0, weight: .random(in: 0...30, using: &noise)) }
        for _ in 0..<Int.random(in: 0...10, using: &noise) {
            let (from, to) = (Int.random(in: 0..<count, using: &noise), Int.random(in: 0..<count, using: &noise))
            if from != to { edges.append(Edge(from: from, to: to, weight: .random(in: 0...30, using: &noise))) }
        }
        let chosen = CheapestTree.edges(count: count, among: edges).map { edges[$0] }
        #expect(chosen.map(\.to) == Array(0..<count))
        #expect(chosen.reduce(0) { $0 + $1.weight } == least(count: count, edges))
    }
}
