import Foundation
import GlareTestSupport
import Testing

/// Every command that writes, on a disk on which nothing becomes durable, or visible, any more.
@Suite(
    .enabled(
        if: Machine.has("strace") && Machine.has("python3") && Machine.has("qemu-img"),
        "needs strace, python3 and qemu-img"))
struct FailingCommandTests {
    private static let faults = [
        (injection: "fsync:error=EIO:when=1+", reason: "Input/output error"),
        (injection: "renameat,renameat2:error=ENOSPC:when=1+", reason: "No space left on device"),
    ]

    /// Each fails, says why, and succeeds when the disk is well again.
    private func expectFailure(of steps: [CommandStep]) throws {
        let place = try CommandPlace()
        for step in steps {
            try step.before(place)
            let arguments = place.arguments(of: step)
            for fault in Self.faults {
                let (result, trace) = try Trace.of(arguments, injecting: fault.injection)
                guard trace.calls.contains(where: \.isInjected) else { continue }
                #expect(result.status != 0, "\(step.words), \(fault.injection)")
                #expect(result.stderr.contains(fault.reason), "\(step.words): \(result.stderr)")
                #expect(result.stderr.contains(place.path("")), "\(step.words): \(result.stderr)")
            }
            let result = try Program.run(arguments)
            try #require(result.status == 0, "\(step.words): \(result.stderr)")
        }
    }

    @Test func ofPublishers() throws { try expectFailure(of: CommandStep.ofPublishers) }
    @Test func ofHosts() throws { try expectFailure(of: CommandStep.ofHosts) }
}
