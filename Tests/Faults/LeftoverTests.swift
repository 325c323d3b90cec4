import Foundation
import GlareTestSupport
import Testing

/// What may be left is what somebody may still want, and it does not stay for ever.
@Suite(.enabled(if: Machine.has("python3"), "needs python3")) struct LeftoverTests {
    private func age(_ path: String, days: Int) throws { try mustRun("touch", ["-d", "-\(days) days", path]) }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test("partial downloads go after a week, and at once when their image is not offered")
    func partials() throws {
        let scene = try SyncScene(.frames)
        let attempt = try scene.prepare()
        try #require(Program.run(attempt.arguments).status == 0)
        let partial = scene.directory + "/.glare/partial"
        for (name, days) in [("disk.data", 6), ("disk.delta", 8), ("other.data", 0)] {
            try Data([1]).write(to: URL(fileURLWithPath: "\(partial)/\(name)"))
            try age("\(partial)/\(name)", days: days)
        }
        try #require(Program.run(attempt.arguments).status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: partial) == ["disk.data"])
    }

    @Test("a finished delta whose version was never published goes after a week") func deltas() throws {
        let other = try PublishScene(isServed: false)
        try #require(Program.run(other.prepare().arguments).status == 0)
        let transfer = other.directory + "/transfer"
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: transfer).first { $0.hasSuffix(".delta") })

        // A repository that has never seen either version.
        let scratch = try Scratch()
        let repository = try scratch.directory("repository")
        let rebuild = ["rebuild-index", "-d", repository]
        try #require(Program.run(rebuild).status == 0)
        let delta = "\(repository)/.glare/deltas/\(name)"
        for (days, stays) in [(6, true), (8, false)] {
            try mustRun("cp", ["\(transfer)/\(name)", delta])
            try age(delta, days: days)
            let result = try Program.run(rebuild)
            #expect(result.status == 0, "\(result.stderr)")
            #expect(isThere(delta) == stays, "after \(days) days")
        }
    }
}
