import Foundation
import GlareTestSupport
import Testing

/// What becomes visible is on disk before, and stays so: by the system calls of every command that writes.
@Suite(.enabled(if: Machine.has("strace") && Machine.has("python3"), "needs strace and python3")) struct OrderTests {
    private func expectOrder(_ arguments: String..., published: Int) throws {
        let (result, trace) = try Trace.of(arguments, calls: PublishOrder.calls)
        #expect(result.status == 0, "\(result.stderr)")
        let order = PublishOrder(trace)
        #expect(order.flaws == [])
        #expect(order.published.count >= published, "\(order.published)")
    }

    @Test func ofAddImageAndItsRelatives() throws {
        let scratch = try Scratch()
        let repository = try scratch.directory("repository")
        let key = scratch.path("key")
        let images = try [1, 2].map { try SmallImage.write($0, to: scratch.path("\($0)")) }
        let add = {
            try expectOrder("add-image", "--name", "disk", "-m", "m", "-d", repository, "-i", $0, published: $1)
        }
        try add(images[0], 10)
        try add(images[1], 10)
        try add(images[0], 8)
        try expectOrder("keygen", key, published: 2)
        try expectOrder("sign", "-d", repository, "--sign-key", key + ".key", published: 1)
        for name in ["images.json", "disk.md", ".glare/state.json"] {
            try? FileManager.default.removeItem(atPath: repository + "/" + name)
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: repository + "/transfer") {
            try FileManager.default.removeItem(atPath: repository + "/transfer/" + file)
        }
        try expectOrder("rebuild-index", "-d", repository, "--sign-key", key + ".key", published: 8)
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

    @Test("a name whose file was not synced after its last write is found")
    func unsyncedFile() {
        let flaws = PublishOrder(
            Trace(
                """
                7 pwrite64(3</r/.glare/tmp/1.a>, ""..., 10, 0) = 10
                7 fsync(3</r/.glare/tmp/1.a>) = 0
                7 ftruncate(3</r/.glare/tmp/1.a>, 20) = 0
                7 renameat(4</r/.glare/tmp>, "1.a", 5</r>, "images.json") = 0
                7 fsync(5</r>) = 0
                """)
        ).flaws
        #expect(flaws == ["/r/images.json: its file was not synced after the last write"])
    }

    @Test("a directory that was not synced before the next name is found, and one that never was")
    func unsyncedDirectory() {
        let flaws = PublishOrder(
            Trace(
                """
                7 pwrite64(3</r/.glare/tmp/1.a>, ""..., 10, 0) = 10
                7 fsync(3</r/.glare/tmp/1.a>) = 0
                7 renameat(4</r/.glare/tmp>, "1.a", 5</r/archive>, "disk-1") = 0
                8 fsync(5</r/archive> <unfinished ...>
                7 symlinkat("archive/disk-1", 4</r/.glare/tmp>, "1.b") = 0
                7 renameat(4</r/.glare/tmp>, "1.b", 6</r>, "disk") = 0
                8 <... fsync resumed>) = 0
                """)
        ).flaws
        #expect(
            flaws == [
                "/r/archive: not synced before /r/disk became visible", "/r: not synced at the end",
            ])
    }
}
