/// Checks in which order a command made names visible: last write < fsync of the file < its name < fsync of the
/// directory < the next name, for that may lead to it.
struct PublishOrder {
    static let calls =
        Trace.changes + [
            "pwritev", "pwritev2", "fchmod", "fchown", "utimensat", "unlink", "unlinkat", "openat", "mkdir", "mkdirat",
        ]

    private(set) var flaws: [String] = []
    /// Paths that became visible.
    private(set) var published: [String] = []
    /// When each file was last written, and last synced after that, by its path at that moment.
    private var written: [String: Int] = [:]
    private var synced: [String: Int] = [:]
    /// Directories with names that are not on disk yet, and since when.
    private var pending: [String: Int] = [:]
    /// Files that were made where readers look, under a name that is still to go.
    private var made: Set<String> = []

    init(_ trace: Trace) {
        for call in trace.calls.sorted(by: { $0.end < $1.end }) where !call.hasFailed && !isToldToPeople(call) {
            take(call)
        }
        let unsynced = written.filter { isVisible($0.key) && $0.value > synced[$0.key] ?? -1 }.map(\.key)
        flaws += made.sorted().map { "\($0): made in its place" }
        flaws += Set(pending.keys).union(unsynced).sorted().map { "\($0): not synced at the end" }
    }

    /// What goes to standard output and error, which may be files.
    private func isToldToPeople(_ call: Trace.Call) -> Bool {
        ["1<", "2<"].contains(where: call.arguments.hasPrefix)
    }

    /// Nobody looks for what is in `.glare/`; and pipes, sockets and devices are no files.
    private func isVisible(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.contains("/.glare/") && !["/dev/", "/proc/"].contains(where: path.hasPrefix)
    }

    private mutating func take(_ call: Trace.Call) {
        let operands = call.operands
        switch (call.name, operands.first) {
        case ("write", .path(let path)), ("pwrite64", .path(let path)), ("pwritev", .path(let path)),
            ("pwritev2", .path(let path)), ("ftruncate", .path(let path)), ("fallocate", .path(let path)),
            ("copy_file_range", .path(let path)):
            if isVisible(path) && !made.contains(path) { flaws.append("\(path): written to in its place") }
            written[path] = call.end
        case ("fchmod", .path(let path)), ("fchown", .path(let path)), ("utimensat", .path(let path)):
            written[path] = call.end
        case ("fsync", .path(let path)):
            if call.begin > written[path] ?? -1 { synced[path] = call.end }
            if let since = pending[path], call.begin > since { pending[path] = nil }
        case ("openat", _):
            if call.arguments.contains("O_CREAT"), let path = Trace.Operand.all(in: call.result).first?.path,
                isVisible(path)
            {
                made.insert(path)
            }
        case ("mkdir", .name(let path)):
            pending[Self.parent(of: path)] = call.end
        case ("mkdirat", .path(let parent)):
            pending[parent] = call.end
        case ("unlink", .name(let path)):
            remove(path)
        case ("unlinkat", .path(let parent)):
            if case .name(let name) = operands.last { remove("\(parent)/\(name)") }
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
        made.remove(old)
        // Under a temporary name nobody looks for it.
        guard !directory.hasSuffix("/.glare/tmp") else { return }
        if let lastWrite, (lastSync ?? -1) < lastWrite || (lastSync ?? -1) > call.begin {
            flaws.append("\(new): its file was not synced after the last write")
        }
        expectNothingPending(except: directory, "before \(new) became visible")
        published.append(new)
        pending[directory] = call.end
    }

    /// What goes is still needed until what comes in its place is on disk.
    private mutating func remove(_ path: String) {
        (written[path], synced[path]) = (nil, nil)
        guard made.remove(path) == nil, isVisible(path) else { return }
        expectNothingPending(except: nil, "before \(path) was removed")
    }

    private mutating func expectNothingPending(except directory: String?, _ moment: String) {
        for other in pending.keys.sorted() where other != directory { flaws.append("\(other): not synced \(moment)") }
    }

    private static func parent(of path: String) -> String {
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        return "/" + parent
    }
}
