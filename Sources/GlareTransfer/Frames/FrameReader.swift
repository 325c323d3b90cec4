import GlareModel

/// Cuts a source into frames: stretches of at most ``Manifest/frameSize``, aligned, and the holes between.
struct FrameReader {
    private let source: any BlockSource
    private static let size = Int64(Manifest.frameSize)

    init(_ source: any BlockSource) { self.source = source }

    /// Gives each frame that has data, in order; what lies between them is holes.
    ///
    /// - Parameters:
    ///   - buffer: Asked for the memory of the next frame; it may wait until there is some.
    ///   - frame: The bytes of one, in that memory, and their offset.
    func forEach(
        buffer: () throws -> BlockBuffer, frame: (BlockBuffer, Int64) throws -> Void
    ) throws {
        var position: Int64 = 0
        while position < source.size {
            let data = try source.nextData(from: position)
            // Beginnings and ends of data within a frame make all of it data.
            let start = data.isEmpty ? source.size : max(position, data.lowerBound / Self.size * Self.size)
            guard start < source.size else { return }
            position = min(start + Self.size, source.size)
            let memory = try buffer()
            memory.count = Int(position - start)
            try source.fill(.init(rebasing: memory.memory[..<memory.count]), at: start)
            try frame(memory, start)
        }
    }
}
