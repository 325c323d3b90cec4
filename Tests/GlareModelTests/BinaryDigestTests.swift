import Testing

@testable import GlareModel

@Suite("Digests of several contents at once")
struct BinaryDigestTests {
    /// Around the ends of SHA-256's blocks and of its padding, and of lengths that differ much.
    static let sizes = [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 4096, 65_536, 1_000_003]

    private func contents(_ sizes: [Int]) -> [[UInt8]] {
        sizes.enumerated().map { number, size in
            (0..<size).map { UInt8(truncatingIfNeeded: ($0 &* 131 + number &* 17) >> 3) }
        }
    }

    private func each(of contents: [[UInt8]], _ buffers: [UnsafeRawBufferPointer] = []) -> [BinaryDigest] {
        guard buffers.count < contents.count else { return BinaryDigest.each(of: buffers) }
        return contents[buffers.count].withUnsafeBytes { each(of: contents, buffers + [$0]) }
    }

    @Test("the known answer of FIPS 180-4, in each place")
    func knownAnswer() {
        let abc = Array("abc".utf8)
        #expect(each(of: [abc, abc, abc]).allSatisfy { $0.text.hex == DigestTests.sha256 })
    }

    @Test("each is what it is alone, beside whatever other", arguments: sizes)
    func pairs(size: Int) {
        for other in Self.sizes {
            let contents = contents([size, other])
            #expect(each(of: contents) == contents.map { $0.withUnsafeBytes { BinaryDigest(of: $0) } })
        }
    }

    @Test("as many as there are, in their order")
    func many() {
        for count in 0...Self.sizes.count {
            let contents = contents(Array(Self.sizes.suffix(count)))
            #expect(each(of: contents) == contents.map { $0.withUnsafeBytes { BinaryDigest(of: $0) } })
        }
    }
}
