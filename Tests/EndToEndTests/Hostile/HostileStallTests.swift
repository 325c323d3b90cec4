import Foundation
import GlareTestSupport
import Testing

@Suite("a server that stalls", .enabled(if: Machine.has("python3")))
struct HostileStallTests {
    @Test("a byte now and then is a stall", arguments: HostilePart.allCases)
    func drips(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let never = fixture.host.scratch.path("never")
        let server = try fixture.server {
            guard $0.request.method == "GET" else { return $0.right }
            // The list of one name is over in a moment.
            let reply = part == .list ? .text(String(repeating: "disk\n", count: 100)) : $0.right
            return reply.slowed(by: Brake(after: 3, bytesPerSecond: 20, until: never))
        }
        let outcome = try fixture.sync(server, ["--stall-time", "1s", "--retries", "0"], status: 69)
        #expect(outcome.result.stderr.contains("under 1 KiB/s for 1 s"), "\(outcome.result.stderr)")
    }

    @Test("silence is a stall", arguments: HostilePart.allCases)
    func silence(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let server = try fixture.server {
            $0.request.method == "GET" ? $0.right.cut(after: 3, .stall) : $0.right
        }
        let options = ["--stall-time", "1s", "--stall-speed", "0", "--retries", "0"]
        let outcome = try fixture.sync(server, options, status: 69)
        #expect(outcome.result.stderr.contains("nothing came for 1 s"), "\(outcome.result.stderr)")
    }

    @Test("a head that comes line by line is a stall", arguments: [HostilePart.signature, .record, .frames, .name])
    func drippingHead(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let server = try fixture.server { _ in ScriptedReply().endless(.head("\r\nX: y", every: 0.1)) }
        let outcome = try fixture.sync(server, ["--stall-time", "1s", "--retries", "0"], status: 69)
        #expect(outcome.result.stderr.contains("nothing came for 1 s"), "\(outcome.result.stderr)")
    }

    @Test("the next attempt goes on where it stopped")
    func goesOn() throws {
        let fixture = try HostileFixture(.frames)
        let server = try fixture.server {
            $0.request.earlier == 0 ? $0.right.cut(after: $0.right.body.count / 2, .stall) : $0.right
        }
        let outcome = try fixture.sync(server, ["--stall-time", "1s", "--connections", "1"], status: 0)
        #expect(outcome.result.stderr.contains("nothing came for 1 s; next attempt in"), "\(outcome.result.stderr)")
    }

    @Test("what our own limit holds up is no stall", arguments: [HostilePart.frames, .delta, .name])
    func ownLimit(_ part: HostilePart) throws {
        let fixture = try HostileFixture(part)
        let server = try fixture.server { $0.right }
        // A server on loopback is faster than this when it may be; with the limit each wait is longer than the rule.
        let outcome = try fixture.sync(
            server, ["--stall-time", "1s", "--stall-speed", "1M", "--limit-rate", "200K", "--retries", "0"], status: 0)
        #expect(outcome.seconds > 1)
    }

    @Test("a limit so low that a read waits longer than the rule's time is no stall")
    func veryLowLimit() throws {
        let fixture = try HostileFixture(.catalogue)
        let server = try fixture.server { $0.right }
        let outcome = try fixture.sync(
            server, ["--stall-time", "1s", "--limit-rate", "300", "--dry-run", "--retries", "0"], status: 0,
            isUpdated: false)
        #expect(outcome.seconds > 2)
    }
}
