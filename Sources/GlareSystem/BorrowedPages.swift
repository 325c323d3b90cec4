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
    /// Stretches that may be in memory on our account: 512 MiB. They are given up when others need the room,
    /// and read again when we do: with 32, a delta read a fifth of its base twice.
    private static let most = 512

    private struct State {
        /// Whether a stretch came into memory by us.
        var isOurs: [Int64: Bool] = [:]
        var pending: Set<Int64> = []
        /// Those of which a part was read, and not all asked for.
        var touched: Set<Int64> = []
    }

    public init(_ file: File) {
        self.file = file
        // Only where nothing is read ahead can one tell who brought a page.
        _ = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_RANDOM)
    }

    deinit { giveBack() }

    /// Gives back what was read so far. A file that is closed before this is deallocated wants it told: no page can
    /// be named without a descriptor, and the number may be another file's by then.
    public func giveBack() {
        let pending = state.withLock { state in
            defer { (state.pending, state.touched) = ([], []) }
            return state.pending
        }
        if file.isOpen { giveBack(pending) }
    }

    /// Fills the buffer with the bytes at `offset`; a file that ends before is an error.
    public func fill(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int64) throws {
        let (surplus, again) = state.withLock { state -> (Set<Int64>, [Int64]) in
            var again: [Int64] = []
            for index in offset / Self.stretch..<(offset + Int64(buffer.count) + Self.stretch - 1) / Self.stretch {
                let isOurs = state.isOurs[index] ?? !isCached(index)
                state.isOurs[index] = isOurs
                guard isOurs else { continue }
                if state.pending.insert(index).inserted {
                    state.touched.insert(index)
                } else if state.touched.remove(index) != nil {
                    again.append(index)
                }
            }
            guard state.pending.count > Self.most else { return ([], again) }
            defer { (state.pending, state.touched) = (Set(again), []) }
            return (state.pending.subtracting(again), again)
        }
        // Who comes to a stretch twice wants most of it as a rule: all at once, then, for a read for each run of
        // 4 KiB costs a disk more.
        for index in again { advise(index, POSIX_FADV_WILLNEED) }
        try file.fill(buffer, from: offset)
        giveBack(surplus)
    }

    /// Whether any of a stretch is in memory; also where nobody can tell.
    private func isCached(_ index: Int64) -> Bool {
        cglare_is_cached(file.descriptor, off_t(index * Self.stretch), Int(Self.stretch)) != 0
    }

    private func giveBack(_ stretches: Set<Int64>) {
        for index in stretches { advise(index, POSIX_FADV_DONTNEED) }
    }

    private func advise(_ index: Int64, _ advice: Int32) {
        _ = posix_fadvise(file.descriptor, off_t(index * Self.stretch), off_t(Self.stretch), advice)
    }
}
