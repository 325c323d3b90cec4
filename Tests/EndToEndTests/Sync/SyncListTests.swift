import Foundation
import GlareTestSupport
import Testing

/// `glare list`: of a server, a directory, a cache.
struct SyncListTests {
    /// The rows of `list --json`, by name.
    private func list(_ arguments: String...) throws -> [String: [String: Any]] {
        let result = try run(GlareBinary.path, ["list", "--json"] + arguments, environment: GlareBinary.environment())
        try #require(result.status == 0, "\(result.stderr)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [String: Any])
        let images = try #require(object["images"] as? [[String: Any]])
        return Dictionary(images.map { ($0["name"] as? String ?? "", $0) }) { first, _ in first }
    }

    private func versions(_ image: [String: Any]?) throws -> [[String: Any]] {
        try #require(image?["versions"] as? [[String: Any]])
    }

    /// Two images, one with two versions, in a repository and in a cache.
    private func repository() throws -> (host: SyncFixture, first: SyncFixture.Version, second: SyncFixture.Version) {
        let host = try SyncFixture()
        try host.publish("other", seed: 9)
        let first = try host.publish(seed: 1)
        // The cache orders versions by time, and tests publish several times a second.
        try host.publisher.letTimePass()
        try #require(try host.publisher.rebuild().status == 0)
        try host.mustSync(host.fileServer)
        let second = try host.publish(seed: 2)
        try host.mustSync(host.fileServer)
        return (host, first, second)
    }

    @Test func aServerADirectoryAndACacheSayTheSame() throws {
        let (host, first, second) = try repository()
        let server = try GlareServer(serving: host.repository)
        for source in [["-s", server.address], ["-d", host.repository], ["-t", host.target]] {
            let images = try list(source[0], source[1])
            #expect(Set(images.keys) == ["disk", "other"])
            #expect(images["disk"]?["current"] as? String == second.id)
            let rows = try versions(images["disk"])
            #expect(Set(rows.compactMap { $0["id"] as? String }) == [first.id, second.id])
            #expect(Set(rows.compactMap { $0["sha256"] as? String }) == [first.sha256, second.sha256])
            #expect(rows.filter { $0["current"] as? Bool == true }.compactMap { $0["id"] as? String } == [second.id])
        }
    }

    @Test func jsonHasBytesAndDates() throws {
        let (host, _, second) = try repository()
        for source in [["-d", host.repository], ["-t", host.target]] {
            let rows = try versions(list(source[0], source[1])["disk"])
            let row = try #require(rows.first { $0["id"] as? String == second.id })
            #expect(row["size"] as? Int == 256 << 10)
            #expect(row["virtual_size"] as? Int == 256 << 10)
            #expect(row["disk_size"] as? Int == 68 << 10)
            #expect(row["disk_format"] as? String == "raw")
            let date = try #require(ISO8601DateFormatter().date(from: row["modified"] as? String ?? ""))
            #expect(try Int(date.timeIntervalSince1970) == host.facts("disk").modified)
        }
    }

    @Test func versionsAreNewestFirst() throws {
        let (host, first, second) = try repository()
        for source in [["-d", host.repository], ["-t", host.target]] {
            let ids = try versions(list(source[0], source[1])["disk"]).compactMap { $0["id"] as? String }
            #expect(ids == [second.id, first.id])
        }
    }

    @Test func ofOneImageAlone() throws {
        let (host, _, _) = try repository()
        #expect(try Set(list("disk", "-d", host.repository).keys) == ["disk"])
        let text = try glare("list", "disk", "-t", host.target)
        #expect(text.stdout.split(separator: "\n").count == 3)
        #expect(text.stdout.split(separator: "\n")[0].hasPrefix("VERSION"))
    }

    @Test(arguments: ["-d", "-t", "-s"])
    func peopleGetATable(_ option: String) throws {
        let (host, _, second) = try repository()
        let source = ["-d": host.repository, "-t": host.target, "-s": host.fileServer][option]
        let result = try glare("list", option, try #require(source))
        let lines = result.stdout.split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        #expect(lines[0].split(separator: " ").first == "NAME")
        let row = try #require(lines.first { $0.hasPrefix("disk ") })
        #expect(
            row.contains(second.id.prefix(12)) && row.contains("raw") && row.contains("256.0 KiB")
                && row.contains("68.0 KiB"))
        #expect(row.contains("ago"))
    }

    @Test func theOriginalsRepositoryTellsWhatItCan() throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("disk", seed: 1)
        try original.add(image, as: "disk")
        try original.add(image, as: "bare")
        try original.removeChangelog(of: "bare")
        let server = try ScriptedServer(serving: original.directory)
        let images = try list("-s", server.address)
        #expect(try images["disk"]?["current"] as? String == md5(image))
        #expect(try versions(images["disk"]).first?["size"] as? Int == 256 << 10)
        #expect(images["bare"]?["current"] == nil || images["bare"]?["current"] is NSNull)
        #expect(try glare("list", "-s", server.address).status == 0)
        #expect(!server.requests.contains { $0.method == "GET" && ["/disk", "/bare"].contains($0.path) })
    }

    @Test func aCacheOfTheOriginalsRepositoryIsListed() throws {
        let (host, original) = try hostOfTheOriginal()
        let image = try host.publisher.image("disk", seed: 1)
        try original.add(image, as: "disk")
        try host.mustSync("file://" + original.directory)
        let images = try list("-t", host.target)
        #expect(try images["disk"]?["current"] as? String == md5(image))
        #expect(try versions(images["disk"]).first?["sha256"] as? String == sha256(image))
    }

    /// No record tells of it any more: its header does.
    @Test(.enabled(if: Machine.has("qemu-img"))) func ofAGoneImageTheDiskIsToldAndNotTheFile() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let source = host.scratch.path("images/gone.qcow2")
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", source, "48M"])
        let version = try host.publish(file: source)
        try host.mustSync(host.fileServer)
        try host.withdraw("gone.qcow2")
        try host.mustSync(host.fileServer)
        let row = try #require(try versions(list("-t", host.target)["gone.qcow2"]).first)
        #expect(row["virtual_size"] as? Int == 48 << 20 && row["disk_format"] as? String == "qcow2")
        let text = try glare("list", "-t", host.target).stdout.split(separator: "\n")
        #expect(text.contains { $0.hasPrefix("gone.qcow2 ") && $0.contains("48.0 MiB") })
        // What its header does not tell nobody knows.
        try host.overwrite(host.path(version.path), at: 0, with: "no disk")
        let damaged = try glare("list", "gone.qcow2", "-t", host.target).stdout.split(separator: "\n")
        #expect(damaged.last?.split(separator: " ").dropFirst(2).prefix(2) == ["-", "-"])
    }

    @Test func foreignFilesAreNoImages() throws {
        let (host, _, _) = try repository()
        try mustRun("cp", [host.scratch.path("images/disk"), host.path("foreign")])
        #expect(try Set(list("-t", host.target).keys) == ["disk", "other"])
    }

    @Test func listingChangesNothing() throws {
        let (host, _, _) = try repository()
        let command = ["-c", "find . -printf '%p %i %T@ %C@ %s\\n' | sort"]
        let before = try mustRun("sh", command, directory: host.target)
        for option in ["-d", "-t"] { try glare("list", option, option == "-d" ? host.repository : host.target) }
        #expect(try mustRun("sh", command, directory: host.target) == before)
    }

    @Test(arguments: ["with space", "hash#mark", "per%41cent", "question?", "über"])
    func aDirectoryOfAnyName(_ name: String) throws {
        let (host, _, second) = try repository()
        let moved = host.scratch.path(name)
        try FileManager.default.moveItem(atPath: host.repository, toPath: moved)
        let result = try glare("list", "-d", moved)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stdout.contains(second.id.prefix(12)))
        #expect(try glare("list", "-d", name, directory: host.scratch.url.path).status == 0)
    }

    @Test func anUnknownNameIsTold() throws {
        let (host, _, _) = try repository()
        for option in ["-d", "-t"] {
            let result = try glare("list", "disc", option, option == "-d" ? host.repository : host.target)
            #expect(result.status == 66)
            #expect(result.stderr.contains("no image is called disc"))
        }
    }

    @Test func aCacheThatIsNotThereIsTold() throws {
        let host = try SyncFixture()
        let result = try glare("list", "-t", host.target)
        #expect(result.status != 0)
        #expect(result.stderr.contains(host.target))
    }

    @Test func aServerThatIsAwayIsTold() throws {
        let address = "http://127.0.0.1:\(try freePort())"
        let result = try glare("list", "-s", address)
        #expect(result.status == 69)
        #expect(result.stderr.contains(address))
    }

    /// What stands in a record is the server's to say, and JSON can say anything.
    @Test func aServerCantMoveTheCursor() throws {
        let host = try SyncFixture()
        try host.publish(seed: 1)
        let row = try #require(try host.publisher.catalogue().images.first)
        let record = try host.publisher.text("catalogue/\(row.record.sha256).json")
            .replacingOccurrences(of: "\"raw\"", with: "\"r\\u001b[31m\\u202ew\"")
        let file = try host.scratch.file("record", record)
        let digest = try sha256(file)
        try mustRun("cp", [file, host.repository + "/catalogue/\(digest).json"])
        let catalogue = try host.publisher.text("images.json")
            .replacingOccurrences(of: row.record.sha256, with: digest)
            .replacingOccurrences(of: ": \(row.record.size)", with: ": \(record.utf8.count)")
        try catalogue.write(toFile: host.repository + "/images.json", atomically: false, encoding: .utf8)
        for arguments in [["list", "-d", host.repository], ["list", "disk", "-d", host.repository]] {
            let shown = try host.publisher.glare(arguments)
            #expect(!(shown.stdout + shown.stderr).unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
        }
    }

    @Test func twoSourcesAreOneTooMany() throws {
        let (host, _, _) = try repository()
        #expect(try glare("list", "-t", host.target, "-d", host.repository).status == 64)
    }

    @Test func withoutImagesTheListIsEmpty() throws {
        let host = try SyncFixture()
        try host.publisher.rebuild()
        #expect(try list("-d", host.repository).isEmpty)
    }
}
