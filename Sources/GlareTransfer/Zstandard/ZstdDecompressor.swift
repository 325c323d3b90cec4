internal import CZstd
internal import GlareModel

/// Expands zstd frames (RFC 8878) of a known size. What a frame claims is held against what is expected
/// before any memory is touched: no input makes it take more than the buffers it is given.
///
/// Used by one thread at a time.
final class ZstdDecompressor: @unchecked Sendable {
    private let context: OpaquePointer
    /// 128 MiB: every decoder's own limit, and what our publishers keep to.
    private static let widestWindow: UInt64 = 1 << 27

    init() throws {
        guard let context = ZSTD_createDCtx() else { throw ZstdCompressor.Failure(description: "no memory for zstd") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Expands one frame, which must fill `target` to its last byte.
    ///
    /// - Parameters:
    ///   - prefix: What it was compressed after; empty for a frame by itself.
    ///   - subject: What is expanded, for the message.
    /// - Throws: `InvalidDocument`.
    func expand(
        _ source: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer = .init(start: nil, count: 0),
        into target: UnsafeMutableRawBufferPointer, subject: @autoclosure () -> String
    ) throws {
        try requireExpected(source, size: target.count, subject())
        ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        if !prefix.isEmpty { _ = ZSTD_DCtx_refPrefix(context, prefix.baseAddress, prefix.count) }
        let count = ZSTD_decompressDCtx(
            context, target.baseAddress, target.count, source.baseAddress, source.count)
        guard ZSTD_isError(count) == 0 else {
            throw InvalidDocument(
                subject(), "cannot be expanded: \(String(cString: ZSTD_getErrorName(count)))")
        }
        guard count == target.count else {
            throw InvalidDocument(subject(), "expands to \(count) bytes, \(target.count) were expected")
        }
    }

    private func requireExpected(
        _ source: UnsafeRawBufferPointer, size: Int, _ subject: @autoclosure () -> String
    ) throws {
        var header = ZSTD_frameHeader()
        guard ZSTD_getFrameHeader(&header, source.baseAddress, source.count) == 0, header.frameType == ZSTD_frame else {
            throw InvalidDocument(subject(), "is no zstd frame")
        }
        guard header.frameContentSize == UInt64(size) else {
            throw InvalidDocument(
                subject(), "claims to expand to \(header.frameContentSize) bytes, \(size) were expected")
        }
        guard header.windowSize <= Self.widestWindow, header.dictID == 0 else {
            throw InvalidDocument(
                subject(), "asks for a window of \(header.windowSize) bytes, at most \(Self.widestWindow) are allowed")
        }
        guard ZSTD_findFrameCompressedSize(source.baseAddress, source.count) == source.count else {
            throw InvalidDocument(subject(), "is not one zstd frame from its first to its last byte")
        }
    }
}
