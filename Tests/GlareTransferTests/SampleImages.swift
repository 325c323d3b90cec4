import Foundation
import GlareModel
import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareTransfer

/// An image in the making: text-like content at block offsets, all else holes.
struct SampleImage: CustomTestStringConvertible, Sendable {
    struct Part: Sendable {
        /// In bytes.
        let offset: Int
        let bytes: [UInt8]
    }

    let testDescription: String
    var size: Int64
    var parts: [Part] = []

    init(_ description: String, size: Int64) { (testDescription, self.size) = (description, size) }

    /// - Parameter skip: How much of the text to leave out at its beginning.
    func text(_ seed: UInt64, _ count: Int, at offset: Int, skip: Int = 0) -> SampleImage {
        var image = self
        image.parts.append(Part(offset: offset, bytes: Array(Self.words(seed, count + skip).dropFirst(skip))))
        return image
    }

    func noise(_ seed: UInt64, _ count: Int, at offset: Int) -> SampleImage {
        var image = self
        var random = Noise(seed: seed)
        image.parts.append(Part(offset: offset, bytes: Array(random.bytes((count + 7) / 8 * 8).prefix(count))))
        return image
    }

    /// What compresses to about a third.
    static func words(_ seed: UInt64, _ count: Int) -> [UInt8] {
        var random = Noise(seed: seed)
        let dictionary = (0..<512).map { _ in random.bytes(8).prefix(Int.random(in: 2...8, using: &random)) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { bytes += dictionary[Int(random.next() % 512)] }
        return Array(bytes.prefix(count))
    }

    func write(to file: File) throws {
        try file.truncate(to: size)
        for part in parts {
            let end = min(Int(size), part.offset + part.bytes.count)
            try file.write(part.bytes.prefix(end - part.offset), at: Int64(part.offset))
        }
    }
}

/// A version as a publisher has it, made from a sample.
struct SampleVersion {
    let file: File
    let manifest: Manifest
    let frames: File
    let blocks: BlockTable

    var content: FileBlocks { FileBlocks(file, size: manifest.imageSize) }
    var version: DeltaMaker.Version {
        DeltaMaker.Version(content: content, digest: manifest.image.text, blocks: blocks)
    }
}

/// A directory with samples, their frames and their deltas.
struct SampleWorkshop {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    func newFile() throws -> File { try directory.newFile(UUID().uuidString, mode: 0o600) }

    func publish(_ image: SampleImage, level: Int = 3) throws -> SampleVersion {
        let file = try newFile()
        try image.write(to: file)
        return try publish(file, level: level)
    }

    func publish(_ file: File, level: Int = 3) throws -> SampleVersion {
        let frames = try newFile()
        let builder = BlockTableBuilder { [directory] in try directory.newFile(UUID().uuidString, mode: 0o600) }
        let content = FileBlocks(file, size: try file.status().size)
        let encoded = try ImageEncoder(.init(level: level, threads: 2)).encode(content, frames: frames, blocks: builder)
        let table = try newFile()
        try builder.write(to: table)
        guard let blocks = try BlockTable(table) else { throw WrongFrame(offset: 0, size: 0, origin: "table") }
        return SampleVersion(file: file, manifest: encoded.manifest, frames: frames, blocks: blocks)
    }

    func delta(
        _ base: SampleVersion, _ target: SampleVersion, limit: Int64 = .max, largestSegment: Int = 64 << 20
    ) throws -> (file: File, reference: DeltaReference)? {
        var settings = DeltaMaker.Settings(level: 3, threads: 2, limit: limit)
        settings.largestSegment = largestSegment
        let file = try newFile()
        let reference = try DeltaMaker(from: base.version, to: target.version, settings)
            .make(into: file, body: newFile())
        return reference.map { (file, $0) }
    }

    /// Puts the target together again; answers its path.
    func apply(
        _ delta: File, head: DeltaHead, base: SampleVersion, to manifest: Manifest,
        beginning: TargetImage.Beginning = .empty, in file: File? = nil
    ) throws -> File {
        let file = try file ?? newFile()
        try file.truncate(to: manifest.imageSize)
        let target = try TargetImage(manifest, in: FileBlocks(file, size: manifest.imageSize), beginning: beginning)
        if beginning == .leftover { try target.examine(threads: 2) }
        let decoder = try DeltaDecoder(
            head, base: base.content, baseDigest: base.manifest.image.text, target: target, subject: "the delta")
        for (index, segment) in head.segments.enumerated() where !decoder.isDone(index) {
            let bytes = try delta.read(at: segment.stored.lowerBound, count: segment.stored.count)
            let decoded = try bytes.withUnsafeBytes { try decoder.decode($0, as: index) }
            try decoder.write(decoded, threads: 2)
        }
        return file
    }
}

extension FrameDecoder {
    func store(_ bytes: [UInt8], as index: Int, origin: String) throws {
        try bytes.withUnsafeBytes { try store([ArrivedFrame(index, bytes: $0, origin: origin)])[0].get() }
    }
}

func python(_ arguments: [String]) throws -> RunResult {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("decode-transfer.py").path
    // Debian's own, which has Debian's zstandard.
    return try run("/usr/bin/python3", [script] + arguments)
}
