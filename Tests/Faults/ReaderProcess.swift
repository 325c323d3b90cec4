import Foundation
import GlareTestSupport
import Synchronization

/// A reader that takes one look after another: to start an interpreter for each takes longer than the look.
final class ReaderProcess: Sendable {
    private let input: FileHandle
    private let output: FileHandle

    private static let idle = Mutex<[ReaderProcess]>([])

    /// It ends when nobody can write to it any more, at the latest with this process.
    private init() throws {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: Machine.path(of: "python3") ?? "python3")
        process.arguments = [Standing.reader, "serve"]
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        (self.input, self.output) = (input.fileHandleForWriting, output.fileHandleForReading)
        // Nor may a program that a test starts keep it alive.
        fcntl(self.input.fileDescriptor, F_SETFD, FD_CLOEXEC)
    }

    /// What one that has nothing to do sees, as JSON.
    static func look(_ words: [String]) throws -> Data {
        let reader = try idle.withLock { $0.popLast() } ?? ReaderProcess()
        let seen = try reader.ask(words)
        idle.withLock { $0.append(reader) }
        return seen
    }

    private func ask(_ words: [String]) throws -> Data {
        try input.write(contentsOf: JSONEncoder().encode(words) + [0x0A])
        var line = Data()
        while line.last != 0x0A {
            let more = output.availableData
            guard !more.isEmpty else { throw Unexpected("the reader ended: \(words)") }
            line += more
        }
        struct Failure: Decodable { let failed: String? }
        if let reason = try JSONDecoder().decode(Failure.self, from: line).failed {
            throw Unexpected("\(words): \(reason)")
        }
        return line
    }
}
