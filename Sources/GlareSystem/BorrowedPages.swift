import CGlareSystem
import Glibc
import Synchronization

/// Reads a file without leaving a trace in the system's memory: pages that were there before stay, for whoever
/// has them there, and those that came by these reads are given back.
///
/// It looks at stretches of 1 MiB, once each: a system call for every small read took as long as the reads.
public final class BorrowedPages: Sendable {
    private let file: File
    private let state = Mutex(State())
    private static let stretch: Int64 = 1 << 20
    /// Stretches that may be in memory on our account.
    private static let most = 32

    private struct State {
        /// Whether a stretch came into memory by us.
        var isOurs: [Int64: Bool] = [:]
        var pending: Set<Int64> = []
    }

    public init(_ file: File) {
        self.file = file
        // Only where nothing is read ahead can one tell who brought a page.
        _ = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_RANDOM)
    }

    deinit { giveBack(state.withLock { $0.pending }) }

    /// Fills the buffer with the bytes at `offset`; a file that ends before is an error.
    public func fill(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int64) throws {
        let surplus = state.withLock { state -> Set<Int64> in
            for index in offset / Self.stretch..<(offset + Int64(buffer.count) + Self.stretch - 1) / Self.stretch {
                let isOurs = state.isOurs[index] ?? !isCached(index)
                state.isOurs[index] = isOurs
                if isOurs { state.pending.insert(index) }
            }
            guard state.pending.count > Self.most else { return [] }
            defer { state.pending = [] }
            return state.pending
        }
        try file.fill(buffer, from: offset)
        giveBack(surplus)
    }

    /// Whether any of a stretch is in memory; also where nobody can tell.
    private func isCached(_ index: Int64) -> Bool {
        cglare_is_cached(file.descriptor, off_t(index * Self.stretch), Int(Self.stretch)) != 0
    }

    private func giveBack(_ stretches: Set<Int64>) {
        for index in stretches {
            _ = posix_fadvise(
                file.descriptor, off_t(index * Self.stretch), off_t(Self.stretch), POSIX_FADV_DONTNEED)
        }
    }
}
