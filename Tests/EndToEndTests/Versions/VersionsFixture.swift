import Foundation
import GlareTestSupport
import Testing

extension PublisherFixture {
    /// A command on this repository that must succeed, with what `--json` tells.
    @discardableResult
    func mustGlare<Report: Decodable>(
        _ type: Report.Type, _ words: String..., environment: [String: String] = [:]
    ) throws -> Report {
        let result = try glare(words + ["-d", repository, "--json"], environment: environment)
        try #require(result.status == 0, "\(words): \(result.stderr)")
        return try decode(result.stdout, snakeCase: true)
    }

    /// A command on this repository, for people.
    @discardableResult
    func command(_ words: String..., environment: [String: String] = [:]) throws -> RunResult {
        try glare(words + ["-d", repository], environment: environment)
    }

    /// A command on this repository that must succeed.
    @discardableResult
    func mustCommand(_ words: String..., environment: [String: String] = [:]) throws -> RunResult {
        let result = try glare(words + ["-d", repository], environment: environment)
        try #require(result.status == 0, "\(words): \(result.stderr)")
        return result
    }

    /// Loses what the publisher remembers, and has it found again.
    func loseState() throws {
        try FileManager.default.removeItem(atPath: path(".glare/state.json"))
        try #require(try rebuild().status == 0)
    }
}
