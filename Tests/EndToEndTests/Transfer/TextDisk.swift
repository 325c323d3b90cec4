import Foundation
import GlareTestSupport

/// A raw disk in the making: a partition table, and text in some of its MiB; all else is hole.
///
/// Text, because noise does not compress and has no use for frames; a MiB, because that is a frame.
struct TextDisk: Sendable {
    /// In bytes.
    var size = 8 << 20
    /// Where the text begins that follows from a seed, in bytes; each is a MiB long.
    private var texts: [Int: UInt64] = [:]
    /// The same of text that replaces a part of it, half as long.
    private var edits: [Int: UInt64] = [:]

    static let piece = 1 << 20
    static let block = 4096

    /// - Parameter places: The MiB that have text, from 1.
    init(_ places: ClosedRange<Int> = 1...6, seed: UInt64 = 1) {
        for place in places { texts[place * Self.piece] = seed * 1000 + UInt64(place) }
    }

    /// The same with other text in the middle of some places: half of each is new, and no frame of them is as it
    /// was, so that a delta is half as large as the frames are.
    func changed(_ places: Int..., seed: UInt64) -> TextDisk {
        var disk = self
        for place in places { disk.edits[place * Self.piece + Self.piece / 4] = seed * 1000 + UInt64(place) }
        return disk
    }

    /// The same with text of its own in some places.
    func added(_ places: Int..., seed: UInt64) -> TextDisk {
        var disk = self
        for place in places { disk.texts[place * Self.piece] = seed * 1000 + UInt64(place) }
        return disk
    }

    /// The same blocks elsewhere, as after a filesystem was made anew: no frame stays as it was.
    func moved(byBlocks count: Int) -> TextDisk {
        let distance = count * Self.block
        var disk = self
        disk.texts = Dictionary(uniqueKeysWithValues: texts.map { ($0 + distance, $1) })
        disk.edits = Dictionary(uniqueKeysWithValues: edits.map { ($0 + distance, $1) })
        return disk
    }

    /// The same with the text of one place in another.
    func movedText(from place: Int, to other: Int) -> TextDisk {
        var disk = self
        disk.texts[other * Self.piece] = disk.texts.removeValue(forKey: place * Self.piece)
        return disk
    }

    @discardableResult
    func write(to path: String) throws -> String {
        // With no more than its first sector of data.
        try DiskImages.raw(at: path, seed: 0, size: size, data: 0)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 512)
        try file.truncate(atOffset: UInt64(size))
        try write(texts, of: Self.piece, into: file)
        try write(edits, of: Self.piece / 2, into: file)
        try file.close()
        return path
    }

    private func write(_ pieces: [Int: UInt64], of length: Int, into file: FileHandle) throws {
        for (offset, seed) in pieces where offset < size {
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: Self.text(seed, length).prefix(size - offset))
        }
    }

    /// Phrases of a small vocabulary with something new between them: compresses to about a third.
    private static func text(_ seed: UInt64, _ length: Int) -> Data {
        var random = Noise(seed: seed)
        let vocabulary = random.bytes(64 * 64)
        var bytes = random.bytes(length)
        vocabulary.withUnsafeBytes { phrases in
            bytes.withUnsafeMutableBytes { text in
                for start in stride(from: 0, to: length - 64, by: 96) {
                    let phrase = Int(random.next() % 64) * 64
                    text[start..<start + 64].copyBytes(from: phrases[phrase..<phrase + 64])
                }
            }
        }
        return Data(bytes)
    }
}
