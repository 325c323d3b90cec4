import FoundationEssentials
import GlareDiskImage
import GlareRepository
import Subprocess
import SystemPackage

/// Reads an ext filesystem in a raw disk by debugfs(8) of e2fsprogs: no mount, no root.
struct Debugfs: Sendable {
    /// What is told of a file.
    struct Entry: Sendable, Equatable {
        let inode: Int
        /// Type and permissions, in octal.
        let mode: String
        let owner: String
        let group: String
        /// Bytes; nil for what has none.
        let size: Int64?

        var isDirectory: Bool { mode.hasPrefix("04") }
        var isRegular: Bool { mode.hasPrefix("10") }
        var isLink: Bool { mode.hasPrefix("12") }
    }

    /// Consecutive blocks of a file, and where they are in the filesystem.
    struct Extent: Sendable, Equatable {
        let logical, physical, count: Int64
        /// Reserved, and read as zeros.
        let isUnwritten: Bool
    }

    /// More files than this are not compared: what is known of them has to be in memory.
    static let largest = 500_000
    /// Questions for one run of the program: what it answers has to be in memory.
    private static let questionsAtATime = 1000
    private static let answerLimit = 64 << 20

    let image: VersionFile
    let filesystem: ExtFilesystem

    /// All files but directories' own entries, by path.
    ///
    /// - Throws: `CommandFailure`, where it can't be read, or has too many.
    func files() async throws -> [String: Entry] {
        var files: [String: Entry] = [:]
        // The root's number is 2 on every ext filesystem.
        var directories = [(path: "", inode: 2)]
        while !directories.isEmpty {
            let lists = try await answers(to: directories.map { "ls -p <\($0.inode)>" })
            var next: [(path: String, inode: Int)] = []
            for (directory, list) in zip(directories, lists) {
                for (name, entry) in list.split(separator: "\n").compactMap(Self.entry) {
                    let path = "\(directory.path)/\(name)"
                    // A directory that is its own parent would never end.
                    guard files.updateValue(entry, forKey: path) == nil else { continue }
                    if entry.isDirectory { next.append((path, entry.inode)) }
                }
            }
            guard files.count <= Self.largest else {
                throw CommandFailure(.badData, "it has more than \(Self.largest) files")
            }
            directories = next
        }
        return files
    }

    /// Where the content of regular files is.
    func extents(of inodes: [Int]) async throws -> [[Extent]] {
        try await answers(to: inodes.map { "dump_extents -l <\($0)>" }).map { answer in
            answer.split(separator: "\n").compactMap(Self.extent)
        }
    }

    /// What symlinks lead to, as far as that is in their inodes.
    func destinations(of inodes: [Int]) async throws -> [String?] {
        let mark = "Fast link dest: "
        return try await answers(to: inodes.map { "stat <\($0)>" }).map { answer in
            answer.firstRange(of: mark).map { String(answer[$0.upperBound...].prefix { $0 != "\n" }) }
        }
    }

    /// `/INODE/MODE/OWNER/GROUP/NAME/SIZE/`
    private static func entry(_ line: Substring) -> (name: String, entry: Entry)? {
        let fields = line.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 8, let inode = Int(fields[1]), inode > 0, ![".", "..", ""].contains(fields[5]) else {
            return nil
        }
        let entry = Entry(inode: inode, mode: fields[2], owner: fields[3], group: fields[4], size: Int64(fields[6]))
        return (fields[5], entry)
    }

    /// ` 0/ 0   1/  1     0 -     97  4386 -  4483     98 Uninit`
    private static func extent(_ line: Substring) -> Extent? {
        let words = line.split { $0 == " " || $0 == "/" || $0 == "-" }
        guard words.count >= 9, let logical = Int64(words[4]), let physical = Int64(words[6]),
            let count = Int64(words[8]), logical >= 0, physical >= 0, count >= 0
        else { return nil }
        return Extent(logical: logical, physical: physical, count: count, isUnwritten: words.contains("Uninit"))
    }

    /// In sbin, where an ordinary user's PATH does not look.
    private static let program: Executable = {
        let places = ["/usr/sbin/debugfs", "/sbin/debugfs"].first { FileManager.default.isExecutableFile(atPath: $0) }
        return places.map { .path(FilePath($0)) } ?? .name("debugfs")
    }()

    /// - Throws: `CommandFailure`, if the program fails or its answer is too long.
    private func answers(to questions: [String]) async throws -> [String] {
        var all: [String] = []
        for start in stride(from: 0, to: questions.count, by: Self.questionsAtATime) {
            let some = questions[start..<min(start + Self.questionsAtATime, questions.count)]
            all += try await run(Array(some))
        }
        return all
    }

    private func run(_ questions: [String]) async throws -> [String] {
        // From its directory: a path may have a question mark.
        let result: ExecutionResult<Void, StringOutput<UTF8>, DiscardedOutput>
        do {
            result = try await Subprocess.run(
                Self.program, arguments: ["-f", "-", "./\(image.fileName)?offset=\(filesystem.offset)"],
                workingDirectory: FilePath(image.directory),
                input: .string(questions.map { $0 + "\n" }.joined()), output: .string(limit: Self.answerLimit))
        } catch {
            throw CommandFailure(.unavailable, "debugfs did not answer: \(error)")
        }
        guard case .exited(0) = result.terminationStatus else {
            throw CommandFailure(.badData, "debugfs could not read it")
        }
        // Each answer comes after its question. Found one after the other, so that a file whose name is a question
        // can't shift them.
        var answers: [String] = []
        var rest = result.standardOutput[...]
        for (index, question) in questions.enumerated() {
            guard let begin = rest.firstRange(of: "debugfs: \(question)\n") else {
                throw CommandFailure(.badData, "debugfs gave no answer to '\(question)'")
            }
            rest = rest[begin.upperBound...]
            let next = index + 1 < questions.count ? "debugfs: \(questions[index + 1])\n" : nil
            answers.append(String(next.flatMap { rest.firstRange(of: $0) }.map { rest[..<$0.lowerBound] } ?? rest))
        }
        return answers
    }
}
