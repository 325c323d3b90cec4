import Foundation

/// Small files that are disk images, made without tools.
public enum DiskImages {
    /// A raw disk with an MBR partition table, and data that follows from `seed`: stretches of noise with
    /// holes between them.
    ///
    /// - Parameters:
    ///   - size: Bytes of the file, at least 64 KiB.
    ///   - data: Bytes of noise in it.
    @discardableResult
    public static func raw(at path: String, seed: UInt64, size: Int = 4 << 20, data: Int = 1 << 20) throws -> String {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw ToolMissing(description: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        ftruncate(descriptor, off_t(size))
        var sector = [UInt8](repeating: 0, count: 512)
        sector.replaceSubrange(446..<462, with: [0, 0, 2, 0, 0x83, 0, 0, 0, 8, 0, 0, 0, 64, 0, 0, 0])
        (sector[510], sector[511]) = (0x55, 0xAA)
        pwrite(descriptor, sector, 512, 0)
        let stretch = 64 << 10
        var generator = Noise(seed: seed)
        let count = max(1, data / stretch)
        for index in 0..<count {
            let noise = generator.bytes(stretch)
            let offset = 4096 + index * max(stretch, (size - 4096) / count)
            let length = min(stretch, size - offset)
            if length > 0 { pwrite(descriptor, noise, length, off_t(offset)) }
        }
        return path
    }
}

/// xorshift64*, so that a seed always gives the same bytes.
public struct Noise: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    public mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        result.withUnsafeMutableBytes { buffer in
            for offset in stride(from: 0, to: count - 7, by: 8) {
                buffer.storeBytes(of: next(), toByteOffset: offset, as: UInt64.self)
            }
        }
        return result
    }
}

/// What the machine's own tools say of a file's content.
public func sha256(_ path: String) throws -> String { try String(mustRun("sha256sum", [path]).prefix(64)) }
public func md5(_ path: String) throws -> String { try String(mustRun("md5sum", [path]).prefix(32)) }
