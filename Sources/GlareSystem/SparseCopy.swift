import CGlareSystem
import Glibc
import SystemPackage

/// 4 KiB, the block in which filesystems place data: what is looked at to find zeros.
public let holeGranularity = 4096

extension UnsafeRawBufferPointer {
    /// Whether all bytes are zero.
    public var isZero: Bool { cglare_is_zero(baseAddress, count) == 1 }

    /// Whether both have the same bytes; they are equally long.
    public func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard let mine = baseAddress, let theirs = other.baseAddress else { return true }
        return memcmp(mine, theirs, count) == 0
    }

    /// The parts that are not zero, as offsets within the buffer, in whole blocks of
    /// ``holeGranularity`` but for a shorter last one.
    public func forEachNonZeroRun(_ body: (Range<Int>) throws -> Void) rethrows {
        var runStart: Int?
        var offset = 0
        while offset < count {
            let end = Swift.min(offset + holeGranularity, count)
            let isZero = cglare_is_zero(baseAddress?.advanced(by: offset), end - offset) == 1
            if isZero, let start = runStart {
                try body(start..<offset)
                runStart = nil
            } else if !isZero && runStart == nil {
                runStart = offset
            }
            offset = end
        }
        if let start = runStart { try body(start..<count) }
    }
}

extension File {
    /// Writes what is not zero; where nothing is written the file keeps its hole. Only for places that
    /// hold nothing yet.
    public func writeSparsely(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try bytes.forEachNonZeroRun { run in
            try write(UnsafeRawBufferPointer(rebasing: bytes[run]), at: offset + Int64(run.lowerBound))
        }
    }

    /// Writes what is not zero, and makes a hole of what is, whatever stood there.
    public func overwriteSparsely(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        var end = 0
        try bytes.forEachNonZeroRun { run in
            try clear(offset + Int64(end)..<offset + Int64(run.lowerBound))
            try write(UnsafeRawBufferPointer(rebasing: bytes[run]), at: offset + Int64(run.lowerBound))
            end = run.upperBound
        }
        try clear(offset + Int64(end)..<offset + Int64(bytes.count))
    }

    /// Makes a stretch zero: a hole where the filesystem can.
    public func clear(_ range: Range<Int64>) throws {
        guard !range.isEmpty else { return }
        if cglare_punch_hole(descriptor, off_t(range.lowerBound), off_t(range.upperBound - range.lowerBound)) == 0 {
            return
        }
        guard [.notSupported, .noFunction].contains(Errno.current) else {
            throw SystemError("clear a part of", path, code: .current)
        }
        let zeros = [UInt8](repeating: 0, count: 1 << 16)
        var position = range.lowerBound
        while position < range.upperBound {
            let count = Int(min(Int64(zeros.count), range.upperBound - position))
            try zeros.withUnsafeBytes { try write(.init(rebasing: $0[..<count]), at: position) }
            position += Int64(count)
        }
    }

    /// Makes this empty file share all blocks of `source`; false where the filesystem can't.
    public func clone(_ source: File) -> Bool {
        cglare_clone(descriptor, source.descriptor) == 0
    }

    /// Fills this empty file with `source`: by reflink where the filesystem can, else by a copy with
    /// zeros left out; each piece goes to `digest` in the same pass.
    ///
    /// - Parameters:
    ///   - length: Bytes to copy, the size of `source`.
    ///   - willCopy: Called where blocks can't be shared, before the first is written.
    public func fill(
        from source: File, length: Int64, willCopy: () throws -> Void = {}, digest: @escaping @Sendable (Piece) -> Void
    ) throws {
        if clone(source) {
            // The clone is read, not the source: what is hashed is what will be published.
            try truncate(to: length)
            return try SparseReader(self, length: length).forEachPiece(digest: digest)
        }
        try willCopy()
        try truncate(to: length)
        try SparseReader(source, length: length).forEachPiece(
            copy: { piece, offset in
                if case .data(let bytes) = piece { try writeSparsely(bytes, at: offset) }
            }, digest: digest)
    }
}

extension Directory {
    /// Gives `name` a second name in `target`, replacing what is there in one step: a hard link, or
    /// where links are refused (by the filesystem, by the kernel's link protection, or because the two
    /// are on different filesystems) a copy of its own.
    ///
    /// - Parameter scratch: A directory for temporary names on the filesystem of `target`.
    public func publishSecondName(
        of name: String, to target: Directory, as newName: String, attributes: FileAttributes, scratch: Directory
    ) throws {
        let temporary = TemporaryFile.uniqueName()
        // Whoever wrote it, and gave it its times: whoever finds it by the new name must find it so after a power cut.
        try file(name).sync()
        do {
            try link(name, to: scratch, as: temporary)
            do {
                try scratch.rename(temporary, to: target, as: newName)
            } catch {
                try? scratch.remove(temporary)
                throw error
            }
            try target.sync()
        } catch let error as SystemError where error.meansNoLink {
            let source = try file(name)
            let status = try source.status()
            let copy = try TemporaryFile(in: scratch)
            try copy.file.fill(from: source, length: status.size) { _ in }
            var attributes = attributes
            attributes.modified = attributes.modified ?? status.modified
            try copy.publish(to: target, as: newName, attributes: attributes, size: status.size)
        }
    }
}

extension SystemError {
    /// What `link` answers where hard links can't be had, as against a real failure.
    fileprivate var meansNoLink: Bool {
        [.notPermitted, .improperLink, .tooManyLinks, .notSupported, .noFunction].contains(code)
    }
}
