/// Checks in which order a command made names visible: last write < fsync of the file < its name < fsync of the
/// directory < the next name, for that may lead to it.
struct PublishOrder {
    static let calls =
        Trace.changes + ["fchmod", "fchown", "utimensat", "unlinkat", "openat", "mkdirat"]

    private(set) var flaws: [String] = []
    /// Paths that became visible.
    private(set) var published: [String] = []
    /// When each file was last written, and last synced after that, by its path at that moment.
    private var written: [String: Int] = [:]
    private var synced: [String: Int] = [:]
    /// Directories with names that are not on disk yet, and since when.
    private var pending: [String: Int] = [:]

    init(_ trace: Trace) {
        for call in trace.calls.sorted(by: { $0.end < $1.end }) where !call.hasFailed { take(call, in: trace) }
        flaws += pending.keys.sorted().map { "\($0): not synced at the end" }
    }

    private mutating func take(_ call: Trace.Call, in trace: Trace) {
        let operands = call.operands
        switch (call.name, operands.first) {
        case ("write", .path(let path)), ("pwrite64", .path(let path)), ("ftruncate", .path(let path)),
            ("fallocate", .path(let path)), ("copy_file_range", .path(let path)), ("fchmod", .path(let path)),
            ("fchown", .path(let path)), ("utimensat", .path(let path)):
            written[path] = call.end
        case ("fsync", .path(let path)):
            if call.begin > written[path] ?? -1 { synced[path] = call.end }
            if let since = pending[path], call.begin > since { pending[path] = nil }
        case ("renameat", _), ("renameat2", _), ("linkat", _):
            guard operands.count >= 4, case .path(let from) = operands[0], case .name(let old) = operands[1],
                case .path(let to) = operands[2], case .name(let new) = operands[3]
            else { return flaws.append("\(call.name)(\(call.arguments) is not understood") }
            move("\(from)/\(old)", to: "\(to)/\(new)", in: to, call)
        default:
            break
        }
    }

    private mutating func move(_ old: String, to new: String, in directory: String, _ call: Trace.Call) {
        let (lastWrite, lastSync) = (written[old], synced[old])
        (written[new], synced[new]) = (lastWrite, lastSync)
        if call.name != "linkat" { (written[old], synced[old]) = (nil, nil) }
        // Under a temporary name nobody looks for it.
        guard !directory.hasSuffix("/.glare/tmp") else { return }
        if let lastWrite, (lastSync ?? -1) < lastWrite || (lastSync ?? -1) > call.begin {
            flaws.append("\(new): its file was not synced after the last write")
        }
        for other in pending.keys.sorted() where other != directory {
            flaws.append("\(other): not synced before \(new) became visible")
        }
        published.append(new)
        pending[directory] = call.end
    }
}
