import Foundation
import GlareTestSupport
import Testing

/// A host with a cache, and a place for the disks of its VMs.
struct HostFixture {
    let sync: SyncFixture
    let disks: String

    init(offersTransfer: Bool = false) throws {
        sync = try SyncFixture(offersTransfer: offersTransfer)
        disks = try sync.scratch.directory("disks")
    }

    var target: String { sync.target }

    func disk(_ name: String) -> String { "\(disks)/\(name)" }

    /// Syncs each of these contents in turn.
    @discardableResult
    func history(_ seeds: ClosedRange<UInt64>, environment: [String: String] = [:]) throws -> [SyncFixture.Version] {
        try seeds.map { seed in
            let version = try sync.publish(seed: seed)
            try sync.mustSync(sync.fileServer, environment: environment)
            return version
        }
    }

    /// Syncs a qcow2, `disk.qcow2`; its file at the publisher's, and what is in it.
    func syncQCOW2() throws -> (raw: String, image: String) {
        let raw = try DiskImages.raw(at: sync.scratch.path("images/source"), seed: 3, size: 1 << 20, data: 64 << 10)
        let image = sync.scratch.path("images/disk.qcow2")
        try mustRun("qemu-img", ["convert", "-q", "-f", "raw", "-O", "qcow2", raw, image])
        try sync.publish(file: image)
        try sync.mustSync(sync.fileServer)
        return (raw, image)
    }

    func glare(_ arguments: [String], environment: [String: String] = [:]) throws -> RunResult {
        try sync.publisher.glare(arguments, environment: environment)
    }

    @discardableResult
    func clone(_ reference: String, _ disk: String, _ options: String...) throws -> RunResult {
        try glare(["clone", reference, self.disk(disk), "-t", target] + options)
    }

    /// A clone that must succeed.
    @discardableResult
    func mustClone(_ reference: String, _ disk: String, _ options: String...) throws -> RunResult {
        let result = try glare(["clone", reference, self.disk(disk), "-t", target] + options)
        try #require(result.status == 0, "\(result.stderr)")
        return result
    }

    func prune(_ options: String..., environment: [String: String] = [:]) throws -> RunResult {
        try glare(["prune", "-t", target] + options, environment: environment)
    }

    /// An overlay as people make them by hand.
    func overlay(_ name: String, on backing: String, format: String = "raw") throws {
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", format, "-b", backing, disk(name)])
    }

    struct DiskFacts: Decodable {
        let format: String
        let virtualSize: Int
        let backingFilename, backingFilenameFormat: String?
    }

    /// What QEMU's own tool sees in a disk.
    func facts(_ disk: String) throws -> DiskFacts {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { keys in
            let words = keys[keys.count - 1].stringValue.split(separator: "-")
            return Key(words.dropFirst().reduce(String(words[0])) { $0 + $1.capitalized })
        }
        return try decoder.decode(
            DiskFacts.self,
            from: Data(mustRun("qemu-img", ["info", "-U", "--output=json", self.disk(disk)]).utf8))
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// Keeps a file open for reading, as a VM does.
    func holdOpen(_ path: String) throws -> RunningProcess {
        let user = try RunningProcess("sh", ["-c", "exec sleep 600 <\"$0\"", path])
        let isOpen = user.waits {
            (try? String(contentsOfFile: "/proc/\(user.pid)/comm", encoding: .utf8)) == "sleep\n"
        }
        try #require(isOpen)
        return user
    }

    /// Makes the cache one of the team's.
    func giveToTeam() throws {
        try mustRun("chgrp", ["-R", "62000", target])
        try mustRun("find", [target, "-type", "d", "-exec", "chmod", "g+ws", "{}", "+"])
    }
}
