import Foundation
import GlareTestSupport
import Testing

/// The fields of each command's object, against its manual page: all are documented, and all that are
/// documented come.
@Suite("--json: fields as the manual has them")
struct JSONFieldTests {
    private let host: SyncFixture
    private let manual: String

    init() throws {
        host = try SyncFixture()
        manual = try host.scratch.directory("manual")
        try mustRun(GlareBinary.path, ["generate", "--man", manual])
    }

    /// Runs a command with `--json`; what it prints must be one object and a line's end.
    private func json(_ arguments: [String], status: Int32 = 0, environment: [String: String] = [:]) throws -> String {
        let result = try host.publisher.glare(arguments + ["--json"], environment: environment)
        try #require(result.status == status, "\(arguments): \(result.stderr)")
        #expect(result.stdout.hasPrefix("{") && result.stdout.hasSuffix("}\n"))
        #expect(try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) is [String: Any])
        return result.stdout
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(text.utf8))
    }

    /// `images[].name`, of all values that are no object.
    private func paths(_ objects: [String]) throws -> Set<String> {
        func walk(_ value: Any, _ path: String) -> Set<String> {
            switch value {
            case let object as [String: Any]:
                object.reduce(into: []) { $0.formUnion(walk($1.value, path.isEmpty ? $1.key : "\(path).\($1.key)")) }
            case let array as [Any]:
                array.reduce(into: []) { $0.formUnion(walk($1, path + "[]")) }
            default: [path]
            }
        }
        return try objects.reduce(into: []) {
            $0.formUnion(walk(try JSONSerialization.jsonObject(with: Data($1.utf8)), ""))
        }
    }

    /// The same from a page: the terms of its section, where `.size` goes on from the one before.
    private func documented(_ command: String) throws -> Set<String> {
        let page = try String(contentsOfFile: "\(manual)/glare-\(command).1", encoding: .utf8)
        let section = try #require(
            page.components(separatedBy: ".SH \"JSON\"\n").last?.components(separatedBy: ".SH")[0])
        var found: Set<String> = []
        for item in section.components(separatedBy: ".TP\n").dropFirst() {
            let lines = item.components(separatedBy: "\n")
            var terms: [String] = []
            for term in lines[0].replacingOccurrences(of: "\\\\f[BR]", with: "", options: .regularExpression)
                .components(separatedBy: ", ")
            {
                let parent = terms.first?.components(separatedBy: ".").dropLast().joined(separator: ".") ?? ""
                terms.append(term.hasPrefix(".") ? parent + term : term)
            }
            // `retired[]`, "each with `id`": the fields of what is listed.
            let inner = lines[1].components(separatedBy: "each with ").dropFirst().first.map {
                $0.matches(of: /\\fB([a-z_]+)\\fR/).map { String($0.1) }
            }
            found.formUnion(inner.map { inner in terms.flatMap { term in inner.map { "\(term).\($0)" } } } ?? terms)
        }
        return found
    }

    private func expectDocumented(_ objects: [String], _ command: String) throws {
        // Of what is listed, the fields are what comes.
        let documented = try documented(command).filter { $0 != "images[].versions[]" }
        // What a publisher says is called as the publisher likes.
        let found = Set(
            try paths(objects).map {
                $0.replacingOccurrences(of: "properties\\..*", with: "properties.NAME", options: .regularExpression)
            })
        #expect(found.subtracting(documented).isEmpty, "not in glare-\(command)(1): \(found.subtracting(documented))")
        #expect(documented.subtracting(found).isEmpty, "never came: \(documented.subtracting(found))")
    }

    private func image(_ seed: UInt64, _ name: String = "disk") throws -> String {
        try host.publisher.letTimePass()
        return try host.publisher.image(name, seed: seed)
    }

    @Test func ofAddImage() throws {
        struct Report: Decodable {
            struct Version: Decodable {
                let id: String
                let dataSize: Int
                let modified: Date
            }
            let name, version, outcome, sha256, diskFormat: String
            let size, dataSize, virtualSize: Int
            let retired, beyondLimit: [Version]
            let seconds: Double
        }
        let add = { (seed: UInt64, options: [String]) in
            try json(["add-image", "-i", image(seed), "-m", "m", "-d", host.repository] + options)
        }
        var objects = [try add(1, []), try add(2, ["--limit", "1"]), try add(3, ["--limit", "1", "--no"])]
        let last = try decode(Report.self, objects[2])
        #expect(last.size == 256 << 10 && last.virtualSize == 256 << 10 && last.dataSize == 68 << 10)
        #expect(last.beyondLimit.map(\.id) == [try decode(Report.self, objects[1]).version])
        #expect(last.version == String(last.sha256.prefix(32)) && last.diskFormat == "raw" && last.seconds > 0)
        objects.append(try add(2, []))
        #expect(try decode(Report.self, objects[3]).outcome == "current-again")
        let transfer = try TransferFixture()
        try transfer.publish(TextDisk())
        let changed = try transfer.write(TextDisk().changed(2, seed: 5))
        objects.append(try json(["add-image", "-i", changed, "-m", "m", "-d", transfer.repository]))
        try expectDocumented(objects, "add-image")
    }

    @Test func ofTheDaysAfter() throws {
        let transfer = try TransferFixture()
        let there = ["-d", transfer.repository]
        try transfer.publish(TextDisk())
        try transfer.publish(TextDisk().changed(2, seed: 5))
        try transfer.publisher.letTimePass()
        let changed = try json(["set-current", "disk@-1", "-m", "m"] + there)
        try expectDocumented([changed], "set-current")
        let annotated = try json(["annotate", "disk", "name=x"] + there)
        let withdrawn = try json(["withdraw", "disk", "-m", "bad"] + there)
        for command in ["annotate", "withdraw"] { try expectDocumented([annotated, withdrawn], command) }
        let marked = [
            withdrawn, try json(["protect", "disk@-1"] + there), try json(["unprotect", "disk@-1"] + there),
        ]
        for command in ["protect", "unprotect"] { try expectDocumented(marked + [annotated], command) }
        try expectDocumented([json(["remove", "disk", "--dry-run"] + there)], "remove")
        try expectDocumented([json(["rename", "disk", "other"] + there)], "rename")
    }

    @Test(.enabled(if: Ext4Disk.canBeMade)) func ofDiff() throws {
        let transfer = try TransferFixture()
        try transfer.publish(TextDisk())
        try transfer.publish(TextDisk().changed(2, seed: 5))
        let blocks = try json(["diff", "disk@-1", "-d", transfer.repository])
        let tree = try host.scratch.directory("tree")
        for script in ["touch gone; echo 1 > changed", "rm gone; touch came; echo 2 > changed"] {
            try mustRun("sh", ["-ec", script], directory: tree)
            try transfer.publish(
                file: Ext4Disk.make(of: tree, at: transfer.scratch.path("images/files"), inPartition: true))
        }
        try expectDocumented([blocks, json(["diff", "files@-1", "-d", transfer.repository])], "diff")
    }

    @Test func ofSigning() throws {
        let key = host.scratch.path("key")
        try expectDocumented([json(["keygen", key])], "keygen")
        try host.publish(seed: 1)
        let options = ["-d", host.repository, "--sign-key", key + ".key"]
        try expectDocumented([json(["sign"] + options), json(["sign", "--print"] + options)], "sign")
    }

    @Test func ofRebuildIndex() throws {
        struct Report: Decodable {
            let directory: String
            let images, missing: [String]
            let versions: Int
        }
        try host.publish(seed: 1)
        let gone = try host.publish("gone", seed: 2)
        try FileManager.default.removeItem(atPath: host.publisher.path(gone.path))
        let text = try json(["rebuild-index", "-d", host.repository], status: 65)
        let report = try decode(Report.self, text)
        #expect(report.images == ["disk"] && report.missing == ["gone"] && report.versions == 1)
        #expect(report.directory == host.repository)
        try expectDocumented([text], "rebuild-index")
    }

    @Test(.enabled(if: Machine.has("flock"))) func ofSync() throws {
        struct Report: Decodable {
            struct Image: Decodable {
                let name, outcome: String
                let version, previous, message: String?
                let fetched: Int?
            }
            let target: String
            let servers: [String]
            let dryRun: Bool
            let busy: String?
            let images: [Image]
            let fetched, requests: Int
            let olderVersions, olderSize: Int?
            let seconds: Double
        }
        let arguments = ["sync", "-s", host.fileServer, "-t", host.target]
        let first = try host.publish(seed: 1)
        var objects = [
            try json(arguments + ["--dry-run", "--only", "d*", "--only", "none"]), try json(arguments),
        ]
        let (planned, done) = (try decode(Report.self, objects[0]), try decode(Report.self, objects[1]))
        #expect(planned.dryRun && !done.dryRun)
        #expect(planned.images.map(\.outcome) == ["would-be-new"] && planned.images[0].fetched ?? 0 >= 256 << 10)
        #expect(done.target == host.target && done.requests > 0 && done.fetched >= 256 << 10)

        let transfer = try TransferFixture()
        let transferArguments = ["sync", "-s", transfer.host.fileServer, "-t", transfer.host.target]
        try transfer.publish(TextDisk())
        _ = try json(transferArguments)
        try transfer.publish(TextDisk().changed(2, seed: 5))
        objects.append(try json(transferArguments + ["--dry-run"]))

        let second = try host.publish(seed: 2)
        objects.append(try json(arguments))
        let updated = try decode(Report.self, objects[3])
        #expect(updated.images[0].previous == first.id && updated.images[0].version == second.id)
        #expect(updated.olderVersions == 1 && updated.olderSize ?? 0 > 0)

        let third = try host.publish(seed: 3)
        try FileManager.default.removeItem(atPath: host.publisher.path(third.path))
        objects.append(try json(arguments + ["--retries", "0"], status: 69))
        let failed = try decode(Report.self, objects[4])
        #expect(failed.images[0].outcome == "failed" && failed.images[0].message?.contains(third.fileName) == true)

        let nobodys = ["--trusted-key", "RWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9"]
        objects.append(try json(arguments + nobodys, status: 76))

        let lock = host.path(".glare/lock")
        let holder = try RunningProcess("flock", ["--no-fork", lock, "sleep", "60"])
        try #require(holder.waits(until: { (try? run("flock", ["-n", lock, "true"]).status) == 1 }))
        objects.append(try json(arguments))
        let busy = try decode(Report.self, objects[6])
        #expect(busy.busy?.isEmpty == false && busy.images.isEmpty && busy.requests == 0)
        try FileManager.default.removeItem(atPath: host.target)
        try host.publish(seed: 4)
        try host.mustSync(host.fileServer)
        try host.publisher.mustCommand("withdraw", "disk", "-m", "bad")
        objects.append(try json(arguments))
        try host.publish(seed: 5)
        _ = try host.scratch.directory("cache/.glare/uses/lock")
        objects.append(try json(arguments, status: 73))
        try expectDocumented(objects, "sync")
    }

    @Test(.enabled(if: Machine.has("flock"))) func ofVerify() throws {
        let version = try host.publisher.publish(seed: 1)
        try host.mustSync(host.fileServer)
        var objects = [try json(["verify", "-d", host.repository])]
        try host.overwrite(host.publisher.path(version.path), at: 70_000, with: "other")
        objects.append(try json(["verify", "-d", host.repository], status: 4))
        let lock = host.path(".glare/lock")
        let holder = try RunningProcess("flock", ["--no-fork", lock, "sleep", "60"])
        try #require(holder.waits(until: { (try? run("flock", ["-n", lock, "true"]).status) == 1 }))
        objects.append(try json(["verify", "-t", host.target]))
        try expectDocumented(objects, "verify")
    }

    @Test func ofServe() throws {
        struct Report: Decodable {
            let directory, address: String
            let addresses: [String]
            let adminAddress: String
        }
        try host.publish(seed: 1)
        let server = try RunningProcess(
            GlareBinary.path,
            ["serve", "-d", host.repository, "--json", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
            environment: GlareBinary.environment())
        try #require(server.waits { server.stdout.hasSuffix("}\n") })
        let report = try decode(Report.self, server.stdout)
        #expect(report.addresses == [report.address] && report.adminAddress.hasPrefix("http://127.0.0.1:"))
        try expectDocumented([server.stdout], "serve")
    }

    @Test func ofList() throws {
        struct Report: Decodable {
            struct Image: Decodable {
                struct Version: Decodable {
                    let id, sha256, diskFormat: String
                    let current: Bool
                    let size, virtualSize, diskSize: Int
                    let modified: Date
                }
                let name, current: String
                let versions: [Version]
            }
            let images: [Image]
        }
        let (old, new) = (try host.publish(seed: 1), try host.publish(seed: 2))
        try host.mustSync(host.fileServer)
        try host.publisher.mustCommand("annotate", "disk", "arch=x86_64")
        try host.publisher.mustCommand("protect", "disk")
        try host.mustSync(host.fileServer)
        try host.publisher.mustCommand("withdraw", "disk", "-m", "bad")
        try host.mustSync(host.fileServer)
        for place in [["-d", host.repository], ["-t", host.target], ["-s", host.fileServer]] {
            let text = try json(["list"] + place)
            let image = try #require(try decode(Report.self, text).images.first)
            #expect(image.name == "disk" && image.current == new.id && image.versions[0].sha256 == new.sha256)
            #expect(image.versions.map(\.id) == (place[0] == "-t" ? [new.id] : [new.id, old.id]))
            #expect(image.versions[0].current && image.versions[0].size == 256 << 10)
            #expect(abs(image.versions[0].modified.timeIntervalSinceNow) < 600)
            try expectDocumented([text], "list")
        }
        let one = try decode(Report.self, json(["list", "disk@-1", "-d", host.repository]))
        #expect(one.images.flatMap(\.versions).map(\.id) == [old.id])
    }

    @Test func ofLog() throws {
        struct Report: Decodable {
            struct Entry: Decodable {
                let id: String
                let date: Date
                let message: String
            }
            let name: String
            let entries: [Entry]
        }
        let version = try host.publisher.publish(seed: 1, "One \"line\"\nand a \\ second, ü")
        let text = try json(["log", "disk", "-d", host.repository])
        let report = try decode(Report.self, text)
        #expect(report.entries.map(\.id) == [version.id])
        #expect(report.entries.map(\.message) == ["One \"line\"\nand a \\ second, ü"])
        try expectDocumented([text], "log")
    }

    @Test(.enabled(if: Machine.has("qemu-img"))) func ofTheCachesCommands() throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            try host.publish(seed: seed)
            try host.mustSync(host.fileServer)
        }
        try host.publisher.mustCommand("withdraw", "disk@-1", "-m", "bad")
        try host.mustSync(host.fileServer)
        let clone = ["clone", "disk@-1", host.scratch.path("vm.qcow2"), "-t", host.target]
        try expectDocumented([json(clone)], "clone")
        let status = ["status", "-t", host.target, "-s"]
        var objects = [try json(status + [host.fileServer]), try json(status + [host.fileServer, "--only", "none"])]
        try host.publish(seed: 4)
        objects.append(try json(status + [host.fileServer, "--disk-dirs", host.scratch.path("none")], status: 1))
        objects.append(try json(status + ["file:///nonexistent"], status: 2))
        let overlay = ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", host.path("disk")]
        try mustRun("qemu-img", overlay + [host.scratch.path("named.qcow2")])
        objects.append(try json(status + [host.fileServer, "--disk-dirs", host.scratch.url.path], status: 2))
        try expectDocumented(objects, "status")
        try expectDocumented([json(["doctor", "-t", host.target, "-s", host.fileServer])], "doctor")
        try expectDocumented([json(["pin", "disk@-1", "-t", host.target])], "pin")
        try expectDocumented([json(["unpin", "disk", "-t", host.target])], "unpin")
        let orphan = host.repository + "/archive/orphan-" + String(repeating: "0", count: 32)
        try "of nobody".write(toFile: orphan, atomically: false, encoding: .utf8)
        let pruned = [
            try json(["prune", "-t", host.target, "--keep-unused", "0"]),
            try json(["prune", "-d", host.repository, "--keep", "1"]),
        ]
        try expectDocumented(pruned, "prune")
    }

    @Test func ofConfig() throws {
        let file = try host.scratch.file("glare.conf", "LIMIT=no\nLIMTI=3\n")
        let environment = ["GLARE_CONFIG_SYSTEM": file, "GLARE_PORT": "80"]
        let objects = [
            try json(["config"], environment: environment),
            try json(["config", "--check"], status: 78, environment: environment),
        ]
        struct Report: Decodable {
            struct Setting: Decodable {
                let key: String
                let value, origin, file: String?
                let line: Int?
            }
            let settings: [Setting]
        }
        struct Check: Decodable {
            struct Problem: Decodable { let severity, message: String }
            let problems: [Problem]
        }
        let settings = try decode(Report.self, objects[0]).settings
        #expect(settings.first { $0.key == "LIMIT" }?.line == 1)
        #expect(settings.first { $0.key == "PORT" }?.origin == "environment")
        #expect(settings.first { $0.key == "SERVER" }?.origin == nil)
        #expect(Set(try decode(Check.self, objects[1]).problems.map(\.severity)) == ["error", "warning"])
        try expectDocumented(objects, "config")
    }

    @Test func whatFailsBeforeItsResultPrintsNone() throws {
        for arguments in [
            ["list", "-d", "/dev/null/x"], ["log", "none", "-d", host.repository], ["sync", "-t", host.target],
            ["rebuild-index", "-d", "/dev/null/x"], ["config", "NONE"], ["verify", "-d", "/dev/null/x"],
            ["add-image", "-i", "/dev/null", "-m", "m", "-d", host.repository],
        ] {
            let result = try host.publisher.glare(arguments + ["--json"])
            #expect(result.status != 0 && result.stdout.isEmpty, "\(arguments)")
            #expect(result.stderr.contains("glare: "), "\(arguments)")
        }
    }
}
