import Foundation
import GlareTestSupport
import Testing

/// What a server that lies by one bit can bring a host with a key to: nothing.
@Suite("A host that trusts a key, and one bit is wrong")
struct FlippedBitTests {
    /// What a bit is flipped in; together 1,000 times.
    enum Part: CaseIterable, Sendable {
        case catalogue, record, signature, manifest, frames, delta

        var flips: Int { self == .signature ? 200 : 160 }
        /// Whether the signature covers it, step by step, before anything else is fetched.
        var isOfTheChain: Bool { [.catalogue, .record, .signature].contains(self) }
        var status: Int32 { self == .record ? 65 : 76 }
    }

    private let fixture: SignedFixture
    private let images: [Data]
    /// Synced from the first version.
    private let cache: String

    init() throws {
        fixture = try SignedFixture()
        cache = fixture.host.scratch.path("first")
        var disk = TextDisk(1...2, seed: 1)
        disk.size = 3 << 20
        var images: [Data] = []
        for disk in [disk, disk.changed(1, seed: 2)] {
            if !images.isEmpty {
                try #require(try fixture.sync().status == 0)
                try mustRun("cp", ["-a", fixture.host.target, cache])
                try fixture.host.publisher.letTimePass()
            }
            let file = try disk.write(to: fixture.host.scratch.path("images/disk"))
            try fixture.mustGlare(["add-image", "-i", file, "-m", "m"])
            images.append(try Data(contentsOf: URL(fileURLWithPath: file)))
        }
        self.images = images
    }

    /// The files that say the same, of which a host reads one, and the first byte that may be flipped.
    private func files(_ part: Part) throws -> (paths: [String], start: Int) {
        let publisher = fixture.host.publisher
        let version = "disk-" + (try publisher.record().current)
        func transfer(_ ending: String) throws -> [String] {
            let names = try publisher.names(in: "transfer").filter { $0.hasPrefix(version) && $0.hasSuffix(ending) }
            try #require(names.count == 1, "\(names)")
            return names.map { "transfer/" + $0 }
        }
        switch part {
        case .catalogue:
            return (["images.json", "catalogue/\(try sha256(publisher.path("images.json"))).json"], 0)
        case .record:
            return (["catalogue/\(try #require(try publisher.catalogue().images.first).record.sha256).json"], 0)
        case .signature:
            // Anybody may write into the first line what they like.
            let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.signature))
            return (["images.json.minisig"], try #require(bytes.firstIndex(of: 0x0A)) + 1)
        case .manifest: return (try transfer(".manifest"), 0)
        case .frames: return (try transfer(".zst"), 0)
        case .delta: return (try transfer(".delta"), 0)
        }
    }

    private func resetCache(isEmpty: Bool) throws {
        try mustRun("rm", ["-rf", fixture.host.target])
        if !isEmpty { try mustRun("cp", ["-a", cache, fixture.host.target]) }
    }

    private func replace(_ paths: [String], _ bytes: Data) throws {
        for path in paths {
            let file = fixture.host.publisher.path(path)
            unlink(file)
            try bytes.write(to: URL(fileURLWithPath: file))
        }
    }

    /// A file in the cache; nil where there is none.
    private func cached(_ name: String) -> Data? { FileManager.default.contents(atPath: fixture.host.path(name)) }

    @Test(arguments: Part.allCases) func isNeverAccepted(_ part: Part) throws {
        let (paths, start) = try files(part)
        let good = try Data(contentsOf: URL(fileURLWithPath: fixture.host.publisher.path(paths[0])))
        var random = Noise(seed: 20_261_125)
        // Who has nothing takes the frames, who has the first version the delta.
        let isEmpty = part == .frames
        try resetCache(isEmpty: isEmpty)
        let catalogue = cached("images.json")
        var noticed = 0
        for flip in 0..<part.flips {
            // One in each of as many stretches of one length.
            let length = good.count - start
            let (first, next) = (flip * length / part.flips, (flip + 1) * length / part.flips)
            let place = start + first + Int(random.next() % UInt64(max(1, next - first)))
            var bad = good
            bad[place] ^= 1 << UInt8(random.next() % 8)
            try replace(paths, bad)
            let result = try fixture.sync()
            let what = "\(part), byte \(place): \(result.status) \(result.stderr)"
            if part.isOfTheChain {
                #expect(result.status == part.status, "\(what)")
                #expect(cached("disk") == images[0], "\(what)")
                // What is right of it may be kept: the catalogue that names a record is.
                if part != .record { #expect(cached("images.json") == catalogue, "\(what)") }
                noticed += result.status == part.status ? 1 : 0
            } else {
                // Another way brings what was published, whole.
                #expect(result.status == 0 && cached("disk") == images[1], "\(what)")
                noticed += result.stderr.isEmpty ? 0 : 1
                try resetCache(isEmpty: isEmpty)
            }
        }
        // Of the frames' file hosts don't read all: not what says where they are, nor those of holes.
        #expect(part == .frames ? noticed > part.flips / 2 : noticed == part.flips, "\(part): \(noticed)")
        try replace(paths, good)
        let right = try fixture.sync()
        #expect(right.status == 0 && right.stderr.isEmpty && cached("disk") == images[1], "\(right.stderr)")
    }
}
