import Foundation
import GlareTestSupport

/// A raw disk of 4 MiB, half of it holes. All of them share most of their data, which compresses: so frames are
/// taken over, and deltas are worth it.
enum SmallImage {
    static let size = 4 << 20

    /// - Parameter seed: Of what is its own.
    @discardableResult
    static func write(_ seed: Int, to path: String) throws -> String {
        try DiskImages.raw(at: path, seed: 0, size: size, data: 0)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        for (place, part) in [(2, 0), (3, seed), (4, 0), (6, seed + 1_000_000)] {
            try file.seek(toOffset: UInt64(place) << 19)
            try file.write(contentsOf: text(UInt64(part + 1)))
        }
        try file.close()
        return path
    }

    /// Half a MiB, each block of which says the same three times.
    private static func text(_ seed: UInt64) -> Data {
        var random = Noise(seed: seed)
        var text = Data()
        for _ in 0..<128 {
            let phrase = random.bytes(1360)
            text += phrase + phrase + phrase + [UInt8](repeating: 32, count: 16)
        }
        return text
    }
}
