import Foundation
import GlareTestSupport

/// What a reader that knows nothing of Glare's code finds in a repository or a cache.
struct Standing: Decodable {
    enum Kind: String, Sendable { case repository, cache }

    /// What names lead to and is not what it should be.
    let torn: [String]
    /// Of the catalogue.
    let serial: Int64
    /// Ids of each image's versions, as the catalogue lists them.
    let listed: [String: [String]]
    /// SHA-256 of what each name stands for.
    let current: [String: String]
    /// SHA-256 of each whole file in `archive/`, by its name.
    let versions: [String: String]?
    /// Ids in each changelog.
    let headings: [String: [String]]?
    /// Files that no catalogue leads to.
    let unnamed: [String]?
    /// Temporary files, partial downloads and unclaimed deltas.
    let temporary: [String]?

    /// - Parameter place: A directory, or the address of a repository's server.
    init(_ kind: Kind, at place: String) throws {
        self = try JSONDecoder().decode(Self.self, from: ReaderProcess.look([kind.rawValue, place]))
    }

    static let reader = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("reader.py")
        .path
}

/// Readers that look at the same places over and over while the object lives.
final class Watch {
    private let scratch: Scratch
    private let stopFile: String
    private let process: RunningProcess

    enum Kind: String {
        /// Everything that a catalogue leads to.
        case catalogue
        /// What the names in a cache stand for: contents that were published.
        case names
    }

    /// - Parameters:
    ///   - grace: Seconds for which a catalogue that was read must lead to what it says.
    ///   - published: SHA-256 of what names in a cache may stand for.
    init(_ kind: Kind, at places: [String], threads: Int = 1, grace: Double = 0, published: [String] = []) throws {
        scratch = try Scratch()
        stopFile = scratch.path("stop")
        let known = try scratch.directory("stop.known")
        for sha256 in published { _ = FileManager.default.createFile(atPath: known + "/" + sha256, contents: nil) }
        let process = try RunningProcess(
            "python3",
            [Standing.reader, "watch", stopFile, String(threads), String(grace), kind.rawValue] + places)
        self.process = process
        guard process.waits(until: { process.stdout.hasPrefix("ready") }) else {
            throw Unexpected("the readers did not start: \(process.stderr)")
        }
    }

    /// - Returns: How often all was whole, and what was not.
    func stop() throws -> (whole: Int, flaws: [String]) {
        _ = FileManager.default.createFile(atPath: stopFile, contents: nil)
        process.wait()
        guard let line = process.stdout.split(separator: "\n").last,
            let seen = try? JSONDecoder().decode([String: Int].self, from: Data(line.utf8))
        else { throw Unexpected("the readers told nothing: \(process.stderr)") }
        return (seen["whole"] ?? 0, seen.keys.filter { $0 != "whole" }.sorted())
    }
}
