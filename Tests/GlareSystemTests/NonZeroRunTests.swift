import GlareTestSupport
import Testing

@testable import GlareSystem

@Suite("Finding zeros in bytes")
struct NonZeroRunTests {
    /// A buffer's length, the offsets of its bytes that are not zero, and what is to be found.
    struct Example: CustomTestStringConvertible {
        let testDescription: String
        let count: Int
        let nonZero: [Int]
        let runs: [Range<Int>]
    }

    @Test(
        "runs are whole blocks of 4 KiB, but for a shorter last one",
        arguments: [
            Example(testDescription: "nothing", count: 0, nonZero: [], runs: []),
            Example(testDescription: "a zero", count: 1, nonZero: [], runs: []),
            Example(testDescription: "a byte", count: 1, nonZero: [0], runs: [0..<1]),
            Example(testDescription: "zeros", count: 5 * 4096 + 1, nonZero: [], runs: []),
            Example(testDescription: "first byte of a block", count: 3 * 4096, nonZero: [4096], runs: [4096..<8192]),
            Example(testDescription: "last byte of a block", count: 3 * 4096, nonZero: [8191], runs: [4096..<8192]),
            Example(testDescription: "neighbours are one run", count: 4 * 4096, nonZero: [0, 4096], runs: [0..<8192]),
            Example(
                testDescription: "two runs", count: 4 * 4096, nonZero: [5, 8192], runs: [0..<4096, 8192..<12_288]),
            Example(testDescription: "to the end", count: 4096 + 10, nonZero: [4097], runs: [4096..<4106]),
            Example(testDescription: "a last byte", count: 2 * 4096 + 1, nonZero: [8192], runs: [8192..<8193]),
        ])
    func runs(example: Example) {
        var bytes = [UInt8](repeating: 0, count: example.count)
        for offset in example.nonZero { bytes[offset] = 0x80 }
        #expect(runs(of: bytes) == example.runs)
    }

    @Test("every place of a block counts")
    func everyByte() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        for offset in bytes.indices {
            bytes[offset] = 1
            #expect(runs(of: bytes) == [0..<4096])
            bytes[offset] = 0
        }
    }

    @Test("where the buffer lies in memory makes no difference", arguments: 1..<17)
    func alignment(shift: Int) {
        var bytes = [UInt8](repeating: 0, count: 3 * 4096 + shift)
        (bytes[shift - 1], bytes[shift + 4096]) = (1, 1)
        bytes.withUnsafeBytes { buffer in
            var found: [Range<Int>] = []
            UnsafeRawBufferPointer(rebasing: buffer[shift...]).forEachNonZeroRun { found.append($0) }
            #expect(found == [4096..<8192])
        }
    }

    @Test("runs of random buffers cover all that is not zero, and no zero block")
    func random() {
        var noise = Noise(seed: 3)
        for _ in 0..<100 {
            let blocks = (0..<20).map { _ in UInt8(Bool.random(using: &noise) ? 1 : 0) }
            let bytes = blocks.flatMap { [UInt8](repeating: $0, count: 4096) }.dropLast(
                Int.random(in: 0..<4096, using: &noise))
            let covered = Set(
                runs(of: Array(bytes)).flatMap { Array(stride(from: $0.lowerBound, to: $0.upperBound, by: 4096)) })
            #expect(covered == Set(blocks.indices.filter { blocks[$0] == 1 }.map { $0 * 4096 }))
        }
    }

    private func runs(of bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        bytes.withUnsafeBytes { buffer in buffer.forEachNonZeroRun { found.append($0) } }
        return found
    }
}
