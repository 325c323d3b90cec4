import Foundation
import GlareTestSupport
import Testing

/// Servers that are away for a moment, or for good.
struct SyncRetryTests {
    /// Answers the first requests for a version's file with `reply`, and then as it should.
    private func failing(
        _ host: SyncFixture, _ version: SyncFixture.Version, times: Int = 1, _ reply: ScriptedReply
    ) throws -> ScriptedServer {
        try ScriptedServer(serving: host.repository) { request in
            request.path == "/" + version.path && request.earlier < times ? reply : nil
        }
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    // MARK: For a moment

    @Test(arguments: [
        "500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "429 Too Many Requests",
    ])
    func isTriedAgain(_ status: String) throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, times: 2, .whole(status))
        let result = try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
        #expect(server.requests(for: "/" + version.path).count == 3)
        #expect(result.stderr.contains("answered with status \(status.prefix(3)); next attempt in 0.0 s"))
    }

    @Test func theCatalogueIsTriedAgainToo() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try ScriptedServer(serving: host.repository) { request in
            request.earlier == 0 ? .whole("500 Internal Server Error") : nil
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
    }

    @Test func everyRequestOfTheOriginalsIsTriedAgain() throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("disk", seed: 1)
        try original.add(image, as: "disk")
        let server = try ScriptedServer(serving: original.directory) { request in
            request.earlier == 0 ? .whole("500 Internal Server Error") : nil
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(image))
    }

    @Test func aConnectionThatEndsBeforeTheAnswerIsTriedAgain() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(
            host, version, times: 2, ScriptedReply("200 OK", headers: ["Content-Length: 262144"], ending: .close))
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
    }

    @Test func retryAfterIsHonoured() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, .whole("503 Service Unavailable", "Retry-After: 1"))
        let time = try seconds {
            let result = try host.mustSync(server.address)
            #expect(result.stderr.contains("status 503; next attempt in 1.0 s"))
        }
        #expect(time >= 1)
        #expect(try host.digest() == version.sha256)
    }

    @Test func retryAfterMayBeADate() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let date = Int(Date().timeIntervalSince1970) + 3
        let server = try failing(host, version, .whole("503 Service Unavailable", "Retry-After: \(httpDate(date))"))
        try host.mustSync(server.address)
        #expect(Int(Date().timeIntervalSince1970) >= date - 1)
    }

    /// A host that cron starts every few minutes does not sit through a maintenance.
    @Test func anHourIsNotWaitedFor() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, .whole("503 Service Unavailable", "Retry-After: 3600"))
        #expect(try host.sync(server.address).status == 69)
        #expect(server.requests(for: "/" + version.path).count == 1)
    }

    @Test(arguments: ["-5", "soon", "99999999999999999999", ""])
    func anOddRetryAfterIsPassedOver(_ value: String) throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, .whole("503 Service Unavailable", "Retry-After: \(value)"))
        try host.mustSync(server.address)
        #expect(try host.digest() == version.sha256)
    }

    @Test func theFirstWaitIsASetting() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, .whole("500 Internal Server Error"))
        let time = try seconds { try host.mustSync(server.address, environment: ["GLARE_RETRY_WAIT": "1"]) }
        #expect(time >= 0.5)
    }

    // MARK: For good

    @Test func givesUpAfterSoManyRetries() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, times: .max, .whole("500 Internal Server Error"))
        let result = try host.sync(server.address, "--retries", "2")
        #expect(result.status == 69)
        #expect(server.requests(for: "/" + version.path).count == 3)
        #expect(
            result.stderr.contains(
                "glare: disk: \(server.address)/\(version.path): the server answered with status 500"))
        #expect(!host.exists("disk"))
    }

    @Test func noRetriesAreOneAttempt() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, .whole("500 Internal Server Error"))
        let result = try host.sync(server.address, "--retries", "0")
        #expect(result.status == 69)
        #expect(server.requests(for: "/" + version.path).count == 1)
        #expect(!result.stderr.contains("next attempt"))
    }

    @Test(arguments: ["401 Unauthorized", "403 Forbidden", "501 Not Implemented"])
    func whatWillNotChangeIsAskedOnce(_ status: String) throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, times: .max, .whole(status))
        let result = try host.sync(server.address)
        #expect(result.status == 69)
        #expect(server.requests(for: "/" + version.path).count == 1)
        #expect(result.stderr.contains(String(status.prefix(3))))
    }

    /// A publish may have taken the file away between the two: the catalogue is read once more.
    @Test func aMissingFileIsPlannedAnewOnce() throws {
        let host = try SyncFixture()
        let version = try host.publish(seed: 1)
        let server = try failing(host, version, times: .max, .whole("404 Not Found"))
        let result = try host.sync(server.address)
        #expect(result.status == 69)
        #expect(server.requests(for: "/images.json").count == 2)
        #expect(server.requests(for: "/" + version.path).count == 2)
        #expect(result.stderr.contains("\(version.path): not found on the server"))
    }

    @Test func aCatalogueThatWasSupersededIsReadAgain() throws {
        let host = try SyncFixture()
        let first = try host.publish(seed: 1)
        let server = try ScriptedServer(serving: host.repository) { request in
            guard request.path == "/" + first.path else { return nil }
            _ = try? host.publish(seed: 2)
            return .whole("404 Not Found")
        }
        try host.mustSync(server.address)
        #expect(try host.digest() == sha256(host.repository + "/disk"))
        #expect(try host.archived().count == 1)
    }

    @Test func nobodyListens() throws {
        let host = try SyncFixture()
        let address = "http://127.0.0.1:\(try freePort())"
        let result = try host.sync(address, "--retries", "2")
        #expect(result.status == 69)
        #expect(result.stderr.components(separatedBy: "next attempt").count == 3)
        #expect(result.stderr.contains("\(address)/images.json: no answer: "))
    }

    @Test func aDirectoryThatIsNotThere() throws {
        let host = try SyncFixture()
        let result = try host.sync("file://" + host.scratch.path("nothing"))
        #expect(result.status == 66)
        #expect(result.stderr.contains("nothing"))
        #expect(!host.exists(""))
    }

    @Test func aServerWithoutARepository() throws {
        let host = try SyncFixture()
        let server = try ScriptedServer(serving: host.scratch.directory("empty"))
        let result = try host.sync(server.address)
        #expect(result.status != 0)
        #expect(result.stderr.contains("has neither images.json nor images.txt"))
    }

    @Test func theOldImageStaysThroughAllOfIt() throws {
        let host = try SyncFixture()
        let first = try host.publish(seed: 1)
        try host.mustSync(host.fileServer)
        let before = try host.facts("disk")
        try host.publish(seed: 2)
        for status in ["500 Internal Server Error", "404 Not Found", "403 Forbidden"] {
            let server = try ScriptedServer(serving: host.repository) { request in
                request.path.hasPrefix("/archive/") ? .whole(status) : nil
            }
            #expect(try host.sync(server.address).status == 69)
        }
        #expect(try host.facts("disk") == before)
        #expect(try host.digest() == first.sha256)
    }
}
