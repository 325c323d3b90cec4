import Glibc
import SystemPackage

/// A file's bytes as memory, for reading: for files of our own that are replaced, never changed.
public final class MappedFile: @unchecked Sendable {
    public let bytes: UnsafeRawBufferPointer

    /// - Parameter size: The file's length, in bytes.
    public init(_ file: File, size: Int) throws {
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let start = mmap(nil, size, PROT_READ, MAP_SHARED, file.descriptor, 0)
        guard let start, start != MAP_FAILED else { throw SystemError("map", file.path, code: .current) }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    /// Gives back the memory of what was looked at; the kernel keeps or forgets it as it likes.
    public func release() {
        if let start = bytes.baseAddress {
            madvise(UnsafeMutableRawPointer(mutating: start), bytes.count, MADV_DONTNEED)
        }
    }
}
