import GlareModel
import GlareSystem
import GlareTransfer
import SystemPackage

/// An image on its way into the cache, put together from frames, which outlives the process: what is there is
/// found by hashing it, there is no journal.
final class PartialImage: @unchecked Sendable {
    let target: TargetImage
    /// What its file was cloned from, if it was.
    let base: SHA256Digest?
    private let temporary: TemporaryFile
    private let content: FileBlocks
    var file: File { temporary.file }
    private let cache: WritableCache
    private let name: String
    private let spaceNeeded: Int64

    /// - Parameters:
    ///   - base: A version to begin with, if the filesystem can clone it and nothing is there yet.
    ///   - spaceNeeded: Bytes that the image takes on disk.
    init(
        of version: VersionName, _ manifest: Manifest, in cache: WritableCache, base: (File, SHA256Digest)?,
        spaceNeeded: Int64, activity: Activity
    ) throws {
        (self.cache, self.spaceNeeded) = (cache, spaceNeeded)
        name = version.image.text
        temporary = try TemporaryFile(resuming: Download.dataName(name), in: cache.partial)
        // What was begun as a download of the whole file is gone on with frame by frame.
        try cache.partial.remove(Download.originName(name))
        let file = temporary.file
        let beginning: TargetImage.Beginning
        var cloned: SHA256Digest?
        if try file.status().size > 0 {
            beginning = .leftover
        } else if let base, file.clone(base.0) {
            beginning = .clone
            cloned = base.1
        } else {
            beginning = .empty
            try cache.partial.requireSpace(spaceNeeded, for: name)
        }
        self.base = cloned
        try file.truncate(to: manifest.imageSize)
        content = FileBlocks(file, size: manifest.imageSize, givesBack: true)
        target = try TargetImage(manifest, in: content, beginning: beginning, activity: activity)
        if beginning == .leftover {
            try target.examine(threads: FileThreads.count)
            try requireRoom()
        }
    }

    /// Throws `noSpace` where what is still to come has no room.
    func requireRoom() throws {
        try cache.partial.requireSpace(min(missingSize, spaceNeeded), for: name)
    }

    /// The same for a delta, which is kept until it is applied.
    ///
    /// - Parameter size: Of the delta's file. How much of the image is new tells only the delta itself: where the
    ///   image shares the blocks of its base, it is not known before.
    func requireRoom(forDelta size: Int64) throws {
        let image = target.beginning == .clone ? 0 : min(missingSize, spaceNeeded)
        try cache.partial.requireSpace(image + size, for: name)
    }

    private var missingSize: Int64 { target.missing.reduce(0) { $0 + target.manifest.frames[$1].size } }

    /// Takes frames from another file, or, where this one is its clone and they are in place, finds them here.
    ///
    /// - Parameters:
    ///   - frames: Index of each, and where it stands in the other file, in bytes.
    ///   - isTrusted: Whether they need not be verified again.
    /// - Returns: Whether all of them were right.
    func takeOver(
        _ frames: [(index: Int, offset: Int64)], from file: File, size: Int64, isCloneOf: Bool, isTrusted: Bool
    ) throws -> Bool {
        let missing = frames.filter { !target.isDone($0.index) }
        let isHere = { (frame: (index: Int, offset: Int64)) in
            isCloneOf && frame.offset == self.target.manifest.frames[frame.index].offset
        }
        let here = missing.filter(isHere).map(\.index)
        if isTrusted { target.trust(here) } else { try target.examine(here, threads: FileThreads.count) }
        let decoder = FrameDecoder(target, threads: FileThreads.count)
        let content = BaseBlocks(FileBlocks(file, size: size, givesBack: true))
        do {
            let areRight = try decoder.copy(
                missing.filter { !isHere($0) }, from: content, isTrusted: isTrusted, threads: FileThreads.count,
                origin: file.path)
            return areRight && here.allSatisfy(target.isDone)
        } catch is WrongBase {
            return false
        }
    }

    /// Removes it: nobody will want it.
    func discard() throws { try temporary.discard() }

    /// Moves the finished image into the cache's archive.
    func publish(as version: VersionName, attributes: FileAttributes) throws {
        guard target.missing.isEmpty else {
            throw SystemError("finish", temporary.file.path, code: .ioError)
        }
        content.giveBack()
        try temporary.publish(
            to: cache.archive, as: version.fileName, attributes: attributes, size: target.manifest.imageSize)
    }
}
