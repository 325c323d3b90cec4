import GlareSystem

/// The parts of a file that headers are in.
///
/// No window is over 1 MiB. Who only recognises a format asks for a fixed number of them, so that it costs the same
/// for any file; the checks in `Safety/` follow a format's tables through the file, a window at a time.
struct HeaderSource {
    /// 68 KiB: up to here are all headers at fixed places but VHDX's; the last is UFS2's at 66,908.
    static let headLength = 68 << 10

    /// Bytes of the whole file; no limit for a block device, which has no size of its own.
    let size: Int64
    /// Where the file begins, read once because nearly every format looks here.
    let head: HeaderBytes
    private let file: File

    init(_ file: File, headLength: Int = headLength) throws {
        self.file = file
        let status = try file.status()
        size = status.isBlockDevice ? .max : status.size
        let count = Int(min(Int64(headLength), max(size, 0)))
        head = HeaderBytes(try file.read(at: 0, count: count)[...], at: 0)
    }

    /// Up to `count` bytes at `offset`; fewer, or none, where the file ends or `offset` is outside it.
    func window(at offset: Int64, count: Int) throws -> HeaderBytes {
        if let part = head.part(at: offset, count: count) { return part }
        guard offset >= 0, offset < size else { return HeaderBytes([], at: offset) }
        let available = Int(min(Int64(count), size - offset))
        return HeaderBytes(try file.read(at: offset, count: available)[...], at: offset)
    }
}
