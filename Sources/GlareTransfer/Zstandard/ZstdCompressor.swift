internal import CZstd

/// Compresses whole buffers, each into one zstd frame (RFC 8878). Used by one thread at a time; its memory
/// is kept from one call to the next.
final class ZstdCompressor: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let context: OpaquePointer
    private let level: Int32

    /// The window log of segments with a prefix: 128 MiB, what every decoder accepts.
    private static let longestWindowLog: Int32 = 27

    /// - Parameter level: As zstd's command has them, 1 to 22.
    init(level: Int) throws {
        guard let context = ZSTD_createCCtx() else { throw Failure(description: "no memory for zstd") }
        self.context = context
        self.level = Int32(level)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Bytes that the compressed form of `size` bytes can take at most.
    static func bound(_ size: Int) -> Int { ZSTD_compressBound(size) }

    /// Compresses `source` alone; answers the number of bytes written to `target`.
    func compress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) throws -> Int {
        try set(ZSTD_c_compressionLevel, level)
        return try run(source, target)
    }

    /// Compresses `source`, whose matches may also lie in `prefix`: a reader needs the same bytes.
    func compress(
        _ source: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer
    ) throws -> Int {
        ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)
        try set(ZSTD_c_compressionLevel, level)
        try set(ZSTD_c_windowLog, Self.longestWindowLog)
        try set(ZSTD_c_enableLongDistanceMatching, 1)
        // Valid for one frame, and so set for each.
        try check(ZSTD_CCtx_refPrefix(context, prefix.baseAddress, prefix.count))
        return try run(source, target)
    }

    private func run(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) throws -> Int {
        try check(ZSTD_compress2(context, target.baseAddress, target.count, source.baseAddress, source.count))
    }

    private func set(_ parameter: ZSTD_cParameter, _ value: Int32) throws {
        try check(ZSTD_CCtx_setParameter(context, parameter, value))
    }

    @discardableResult
    private func check(_ result: Int) throws -> Int {
        guard ZSTD_isError(result) == 0 else {
            throw Failure(description: "zstd: \(String(cString: ZSTD_getErrorName(result)))")
        }
        return result
    }
}
