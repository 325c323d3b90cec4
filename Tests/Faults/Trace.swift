import Foundation
import GlareTestSupport

/// The system calls of a command that change files, as strace tells them.
struct Trace {
    /// A call, from the line where it began to the line where it was over.
    struct Call {
        let name: String
        let thread: Substring
        let arguments: Substring
        let begin: Int
        var end: Int
        var result: Substring = ""

        var isInjected: Bool { result.hasSuffix("(INJECTED)") }
        var hasFailed: Bool { result.hasPrefix("-1") || result.hasPrefix("?") }

        /// Paths of descriptors, and quoted names, in their order.
        var operands: [Operand] { Operand.all(in: arguments) }
        /// What the call's first descriptor stands for.
        var path: String? { operands.first?.path }
        /// `7</a/file>`: the same number and path are the same descriptor, as long as it is open.
        var descriptor: Substring { arguments.prefix { $0 != ">" } }
    }

    enum Operand: Equatable {
        case path(String)
        case name(String)

        var path: String? { if case .path(let text) = self { text } else { nil } }

        static func all(in text: Substring) -> [Operand] {
            var (operands, rest) = ([Operand](), text)
            while let start = rest.firstIndex(where: { $0 == "<" || $0 == "\"" }) {
                let close: Character = rest[start] == "<" ? ">" : "\""
                let content = rest[rest.index(after: start)...]
                guard let end = content.firstIndex(of: close) else { break }
                let found = String(content[..<end])
                operands.append(close == ">" ? .path(found) : .name(found))
                rest = content[content.index(after: end)...]
            }
            return operands
        }
    }

    static let changes = [
        "write", "pwrite64", "copy_file_range", "fallocate", "fsync", "fdatasync", "rename", "renameat", "renameat2",
        "linkat", "symlinkat", "ftruncate", "close",
    ]

    let calls: [Call]

    /// - Parameter text: Of `strace -f -y -s 0`.
    init(_ text: String) {
        var calls: [Call] = []
        var open: [Substring: Int] = [:]
        for (index, line) in text.split(separator: "\n").enumerated() {
            let thread = line.prefix { $0 != " " }
            let rest = line.dropFirst(thread.count).drop { $0 == " " }
            if rest.hasPrefix("<... ") {
                guard let begun = open.removeValue(forKey: thread) else { continue }
                calls[begun].end = index
                calls[begun].result = Self.result(of: rest)
            } else if let bracket = rest.firstIndex(of: "("), !rest.hasPrefix("-"), !rest.hasPrefix("+") {
                let (name, arguments) = (rest[..<bracket], rest[rest.index(after: bracket)...])
                if rest.hasSuffix("<unfinished ...>") { open[thread] = calls.count }
                calls.append(
                    Call(
                        name: String(name), thread: thread, arguments: arguments, begin: index, end: index,
                        result: Self.result(of: rest)))
            }
        }
        self.calls = calls
    }

    private static func result(of line: Substring) -> Substring {
        line.range(of: " = ", options: .backwards).map { line[$0.upperBound...] } ?? ""
    }

    /// Runs a command under strace.
    ///
    /// - Parameter injections: What strace is to do to the calls: `fsync:error=EIO:when=3`, which counts them by thread.
    static func of(
        _ arguments: [String], calls: [String] = changes, injecting injections: String...
    ) throws -> (result: RunResult, trace: Trace) {
        let scratch = try Scratch()
        let words =
            ["-f", "-y", "-s", "0", "-o", scratch.path("trace"), "-e", "trace=\(calls.joined(separator: ","))"]
            + injections.flatMap { ["-e", "inject=\($0)"] } + [Program.path] + arguments
        // A command that hangs is a finding like any other.
        let result = try run("timeout", ["-s", "KILL", "120", "strace"] + words, environment: Program.environment)
        return (
            result,
            Trace(try String(decoding: Data(contentsOf: scratch.url.appendingPathComponent("trace")), as: UTF8.self))
        )
    }
}
