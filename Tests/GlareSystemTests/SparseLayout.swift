import GlareSystem
import GlareTestSupport
import Testing

/// A file of some length, with noise in some places and holes elsewhere. The places begin at multiples
/// of 64 KiB, the largest block of the filesystems that Glare is used on.
struct SparseLayout: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let length: Int64
    let noise: [Range<Int64>]

    init(_ description: String, length: Int64, noise: [Range<Int64>]) {
        (testDescription, self.length, self.noise) = (description, length, noise)
    }

    static let all = [
        SparseLayout("empty", length: 0, noise: []),
        SparseLayout("no hole", length: 3 << 20, noise: [0..<3 << 20]),
        SparseLayout("a byte", length: 1, noise: [0..<1]),
        SparseLayout("less than a block more than a buffer", length: (1 << 20) + 5, noise: [0..<(1 << 20) + 5]),
        SparseLayout("a hole at the start", length: 4 << 20, noise: [2 << 20..<4 << 20]),
        SparseLayout("a hole in the middle", length: 6 << 20, noise: [0..<1 << 20, 5 << 20..<6 << 20]),
        SparseLayout("a hole at the end", length: 4 << 20, noise: [0..<1 << 20]),
        SparseLayout("a hole alone", length: 4 << 20, noise: []),
        SparseLayout("a hole alone, of no whole blocks", length: (4 << 20) + 77, noise: []),
        SparseLayout("holes everywhere", length: 6 << 20, noise: [1 << 20..<(1 << 20) + 65_536, 3 << 20..<4 << 20]),
        SparseLayout("data at the end, of no whole blocks", length: (2 << 20) + 77, noise: [2 << 20..<(2 << 20) + 77]),
        SparseLayout("a hole after data, and no whole blocks", length: (2 << 20) + 77, noise: [0..<65_536]),
    ]

    /// Of all places together.
    var noiseSize: Int64 { noise.reduce(0) { $0 + Int64($1.count) } }

    func write(in directory: Directory, as name: String = "sparse") throws -> File {
        var generator = Noise(seed: UInt64(length) + 1)
        let file = try directory.newFile(name, mode: 0o600)
        try file.truncate(to: length)
        // In whole words, so that no block of it is zero.
        for place in noise {
            try file.write(generator.bytes((place.count + 7) / 8 * 8).prefix(place.count), at: place.lowerBound)
        }
        return file
    }
}
