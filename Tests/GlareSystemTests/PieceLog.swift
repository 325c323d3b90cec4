import GlareSystem
import Synchronization

/// The pieces of a file as a reader gave them, on whatever thread.
final class PieceLog: Sendable {
    enum Entry: Equatable, Sendable {
        case data([UInt8])
        case hole(Int64)
    }

    private let log = Mutex<[Entry]>([])

    func add(_ piece: Piece) {
        let entry: Entry =
            switch piece {
            case .data(let bytes): .data(Array(bytes))
            case .hole(let count): .hole(count)
            }
        log.withLock { $0.append(entry) }
    }

    var entries: [Entry] { log.withLock { $0 } }

    /// The bytes that the pieces make.
    var content: [UInt8] {
        var content: [UInt8] = []
        for entry in entries {
            switch entry {
            case .data(let bytes): content += bytes
            case .hole(let count): content += [UInt8](repeating: 0, count: Int(count))
            }
        }
        return content
    }

    /// How much was not read.
    var holeSize: Int64 {
        entries.reduce(0) { sum, entry in
            if case .hole(let count) = entry { sum + count } else { sum }
        }
    }
}
