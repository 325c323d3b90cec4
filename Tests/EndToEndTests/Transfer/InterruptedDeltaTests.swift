import Foundation
import GlareTestSupport
import Testing

/// Deltas take long: one that is finished must not be lost with the publish that wanted it.
@Suite("an interrupted add-image keeps its finished deltas", .enabled(if: Machine.has("flock")))
struct InterruptedDeltaTests {
    let fixture: TransferFixture
    let old: TransferFixture.Published
    let source: String

    init() throws {
        fixture = try TransferFixture()
        old = try fixture.publish(TextDisk())
        source = try fixture.write(TextDisk().changed(2, seed: 2))
        try fixture.publisher.letTimePass()
    }

    private func finished() throws -> [String] { try fixture.publisher.names(in: ".glare/deltas") }

    /// An add that has made its delta and waits for the lock is ended by this signal.
    private func interrupt(with signal: Int32) throws {
        // `-F`: the lock goes with this very process.
        let holder = try RunningProcess("flock", ["-F", fixture.publisher.path(".glare/lock"), "sleep", "60"])
        try #require(
            holder.waits { (try? run("flock", ["-n", fixture.publisher.path(".glare/lock"), "true"]).status) == 1 })
        let adding = try RunningProcess(
            GlareBinary.path, ["add-image", "-i", source, "-m", "test", "-d", fixture.repository],
            environment: GlareBinary.environment())
        let isWaiting = adding.waits { adding.stderr.contains("waiting") && (try? finished().count) == 1 }
        try #require(isWaiting, "\(adding.stderr)")
        adding.signal(signal)
        #expect(adding.wait() == 128 + signal)
        holder.signal(SIGKILL)
        holder.wait()
    }

    @Test("killed or ended: the next add of the same file publishes it", arguments: [SIGKILL, SIGTERM])
    func sameFile(_ signal: Int32) throws {
        try interrupt(with: signal)
        let name = try #require(finished().first)
        let inode = try fixture.publisher.facts(".glare/deltas/\(name)").inode
        #expect(try fixture.publisher.listed() == [old.version])

        let new = try fixture.publish(file: source)
        #expect(new.bases == [old.sha256])
        #expect(try fixture.publisher.facts("transfer/\(name)").inode == inode, "the delta was made once more")
        #expect(try finished() == [])
        #expect(try fixture.publisher.leftovers() == [])
        try fixture.sync(fixture.host.fileServer)
        try fixture.expectCached(new)
    }

    @Test("hosts and other publishes take no notice of it")
    func otherFile() throws {
        try interrupt(with: SIGKILL)
        let kept = try finished()
        let other = try fixture.publish(TextDisk().changed(3, seed: 3))
        #expect(try finished() == kept)
        #expect(try fixture.files("delta").count == other.deltas.count)
    }

    @Test("one that was damaged meanwhile is made anew")
    func damaged() throws {
        try interrupt(with: SIGKILL)
        let name = try #require(finished().first)
        try fixture.flipBits(fixture.publisher.path(".glare/deltas/\(name)"))
        let new = try fixture.publish(file: source)
        #expect(new.bases == [old.sha256])
        #expect(try sha256(fixture.publisher.path("transfer/\(name)")).prefix(16) == name.split(separator: ".")[1])
    }
}
