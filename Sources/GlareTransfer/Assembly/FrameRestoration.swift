public import GlareModel
public import GlareSystem

/// Images made again from their frames, for whoever has lost the image and not the frames.
public enum FrameRestoration {
    /// Fills an empty file with an image. Every frame is verified before and after it is expanded.
    ///
    /// - Parameters:
    ///   - frames: What the manifest says of.
    ///   - target: Empty.
    /// - Throws: ``WrongFrame``, `InvalidDocument`, `SystemError`: then the target is of no use.
    public static func restore(
        _ manifest: Manifest, from frames: File, to target: File, threads: Int, activity: Activity?
    ) throws {
        try target.truncate(to: manifest.imageSize)
        let image = try TargetImage(
            manifest, in: FileBlocks(target, size: manifest.imageSize), beginning: .empty, activity: activity)
        let decoder = FrameDecoder(image, threads: threads)
        try concurrently(image.missing, threads: threads) { group in
            let stored = group.map { BlockBuffer(capacity: manifest.frames[$0.item].storedSize) }
            for (item, buffer) in zip(group.map(\.item), stored) {
                buffer.count = manifest.frames[item].storedSize
                try frames.fill(buffer.memory, from: manifest.frames[item].storedOffset)
            }
            // The frames point into the buffers, and the optimiser lets an array go after its last use.
            try withExtendedLifetime(stored) {
                let arrived = zip(group, stored).map {
                    ArrivedFrame($0.item, bytes: $1.bytes, origin: frames.path)
                }
                for result in decoder.store(arrived) { try result.get() }
            }
        }
    }
}
