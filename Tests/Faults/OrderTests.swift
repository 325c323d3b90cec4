import Foundation
import GlareTestSupport
import Testing

/// What becomes visible is on disk before, and stays so: by the system calls of every command that writes.
@Suite(
    .enabled(
        if: Machine.has("strace") && Machine.has("python3") && Machine.has("qemu-img"),
        "needs strace, python3 and qemu-img"))
struct OrderTests {
    /// Runs all of them in turn, in one place.
    private func expectOrder(of steps: [CommandStep], in place: CommandPlace) throws {
        for step in steps {
            try step.before(place)
            let (result, trace) = try Trace.of(place.arguments(of: step), calls: PublishOrder.calls)
            try #require(result.status == 0, "\(step.words): \(result.stderr)")
            let order = PublishOrder(trace)
            #expect(order.flaws == [], "\(step.words)")
            #expect(!order.published.isEmpty, "\(step.words) published nothing")
            for name in step.published {
                let isThere = order.published.contains { $0.hasPrefix(place.path(name)) }
                #expect(isThere, "\(step.words) did not publish \(name): \(order.published)")
            }
        }
    }

    @Test func ofPublishers() throws { try expectOrder(of: CommandStep.ofPublishers, in: CommandPlace()) }

    @Test func ofHosts() throws {
        let place = try CommandPlace()
        try expectOrder(of: CommandStep.ofHosts, in: place)
        try expectNoChange(by: CommandStep.looking, in: place)
    }

    private func expectNoChange(by steps: [CommandStep], in place: CommandPlace) throws {
        try Program.mustRun("keygen", place.path("key"))
        for step in steps {
            try step.before(place)
            let (_, trace) = try Trace.of(place.arguments(of: step), calls: PublishOrder.calls)
            let order = PublishOrder(trace)
            let changed = (order.published + order.flaws).filter { change in
                ["repository", "cache", "disks"].contains { change.hasPrefix(place.path($0)) }
            }
            #expect(changed == [], "\(step.words)")
        }
    }

    @Test("no command is forgotten") func everyCommand() throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../scripts/command-names"
        let names = try mustRun(script, []).split(separator: "\n").map(String.init)
        let steps = CommandStep.ofPublishers + CommandStep.ofHosts + CommandStep.looking
        #expect(Set(steps.map(\.command)).union(CommandStep.neverEnding) == Set(names))
    }

    @Test(arguments: SyncScene.Way.allCases) func ofSync(_ way: SyncScene.Way) throws {
        let scene = try SyncScene(way)
        let attempt = try scene.prepare()
        let (result, trace) = try Trace.of(attempt.arguments, calls: PublishOrder.calls)
        #expect(result.status == 0, "\(result.stderr)")
        let order = PublishOrder(trace)
        #expect(order.flaws == [])
        #expect(order.published.contains(scene.directory + "/disk"))
    }
}
