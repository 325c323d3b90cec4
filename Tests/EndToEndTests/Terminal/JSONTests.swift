import Foundation
import GlareTestSupport
import Testing

@Suite("--json: one object, and nothing else")
struct JSONTests {
    private let host: SyncFixture
    private let version: SyncFixture.Version

    init() throws {
        host = try SyncFixture()
        version = try host.publish(seed: 1)
    }

    /// The object, once it is sure that its manual page names every field of it.
    private func object(_ arguments: String..., status: Int32 = 0) throws -> [String: Any] {
        let result = try host.publisher.glare(arguments + ["--json"])
        try #require(result.status == status, "\(result.stderr)")
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [String: Any], "\(result.stdout)")
        let manual = host.scratch.path("manual")
        try FileManager.default.createDirectory(atPath: manual, withIntermediateDirectories: true)
        try mustRun(GlareBinary.path, ["generate", "--man", manual])
        let page = try String(contentsOfFile: "\(manual)/glare-\(arguments[0]).1", encoding: .utf8)
        for key in Self.keys(of: object) {
            #expect(page.contains(key), "glare-\(arguments[0])(1) does not name \(key)")
        }
        return object
    }

    private static func keys(of value: Any) -> Set<String> {
        switch value {
        case let object as [String: Any]:
            object.reduce(into: Set(object.keys)) { $0.formUnion(keys(of: $1.value)) }
        case let array as [Any]: array.reduce(into: []) { $0.formUnion(keys(of: $1)) }
        default: []
        }
    }

    @Test func ofAddImage() throws {
        let image = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 2)
        let object = try object("add-image", "-i", image, "-m", "x", "-d", host.repository, "--limit", "1")
        #expect(object["outcome"] as? String == "published")
        #expect(object["sha256"] as? String == (try sha256(image)))
        #expect((object["retired"] as? [[String: Any]])?.first?["id"] as? String == version.id)
        let again = try self.object("add-image", "-i", image, "-m", "x", "-d", host.repository, "--no")
        #expect(again["outcome"] as? String == "already-current")
    }

    @Test func ofRebuildIndex() throws {
        let object = try object("rebuild-index", "-d", host.repository)
        #expect(object["images"] as? [String] == ["disk"] && object["versions"] as? Int == 1)
    }

    @Test func ofSync() throws {
        let options = ["-s", host.fileServer, "-t", host.target]
        let planned = try object("sync", options[0], options[1], options[2], options[3], "--dry-run")
        #expect((planned["images"] as? [[String: Any]])?.first?["outcome"] as? String == "would-be-new")
        #expect(planned["dry_run"] as? Bool == true)
        let done = try object("sync", options[0], options[1], options[2], options[3])
        let image = try #require((done["images"] as? [[String: Any]])?.first)
        #expect(image["outcome"] as? String == "new" && image["version"] as? String == version.id)
        let older = version.id
        let newer = try host.publish(seed: 2).id
        let update = try object("sync", options[0], options[1], options[2], options[3])
        let updated = try #require((update["images"] as? [[String: Any]])?.first)
        #expect(updated["previous"] as? String == older && updated["version"] as? String == newer)
        #expect(update["servers"] as? [String] == [host.fileServer])
        #expect(update["older_versions"] as? Int == 1)
    }

    @Test func ofASyncThatFailed() throws {
        try FileManager.default.removeItem(atPath: host.publisher.path(version.path))
        let object = try object("sync", "-s", host.fileServer, "-t", host.target, "--retries", "0", status: 69)
        let image = try #require((object["images"] as? [[String: Any]])?.first)
        #expect(image["outcome"] as? String == "failed")
        #expect((image["message"] as? String)?.contains("not found") == true)
    }

    @Test func ofListAndLog() throws {
        let list = try object("list", "-d", host.repository)
        let listed = try #require((list["images"] as? [[String: Any]])?.first)
        #expect(listed["current"] as? String == version.id)
        let versions = try #require(listed["versions"] as? [[String: Any]])
        #expect(versions.first?["sha256"] as? String == version.sha256)
        let modified = try #require(versions.first?["modified"] as? String)
        #expect(ISO8601DateFormatter().date(from: modified) != nil)
        let log = try object("log", "disk", "-d", host.repository)
        #expect((log["entries"] as? [[String: Any]])?.first?["id"] as? String == version.id)
    }

    @Test func ofConfig() throws {
        let config = try object("config")
        let settings = try #require(config["settings"] as? [[String: Any]])
        #expect(settings.contains { $0["key"] as? String == "LIMIT" && $0["value"] as? String == "5" })
        let check = try object("config", "--check")
        #expect((check["problems"] as? [Any])?.isEmpty == true)
    }
}

@Suite("--quiet and --verbose")
struct VerbosityTests {
    @Test func quietSaysNothingButWhatIsWrong() throws {
        let host = try SyncFixture()
        let image = try DiskImages.raw(at: host.scratch.path("images/disk"), seed: 1)
        for arguments in [
            ["add-image", "-i", image, "-m", "x", "-d", host.repository], ["rebuild-index", "-d", host.repository],
            ["sync", "-s", host.fileServer, "-t", host.target], ["sync", "-s", host.fileServer, "-t", host.target],
        ] {
            let result = try host.publisher.glare(arguments + ["-q"])
            #expect(result.status == 0 && result.stdout.isEmpty && result.stderr.isEmpty, "\(arguments) \(result)")
        }
        let wrong = try host.sync("file:///nonexistent", "-q")
        #expect(wrong.status != 0 && wrong.stderr.contains("/nonexistent"))
    }

    @Test func verboseNamesWhatIsAsItWas() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        #expect(try !host.mustSync(host.fileServer).stderr.contains("disk"))
        let told = try host.mustSync(host.fileServer, "-v").stderr
        #expect(told.contains("disk: current, version \(version.id)"))
        #expect(told.contains("\(host.fileServer): 1 image"))
    }

    @Test func bothAreAContradiction() throws {
        #expect(try glare("list", "-q", "-v").status == 64)
    }
}
