import Foundation
import GlareTestSupport

/// A filesystem in memory, mounted over a fixture's empty repository while the object lives. Only root
/// can mount.
final class PublisherFilesystem {
    private let fixture: PublisherFixture

    /// - Parameter options: Of `mount`, such as `size=1m`.
    init(in fixture: PublisherFixture, options: String) throws {
        self.fixture = fixture
        try mustRun("mount", ["-t", "tmpfs", "-o", options, "glare-test", fixture.repository])
    }

    deinit { _ = try? mustRun("umount", ["--lazy", fixture.repository]) }

    func remount(_ option: String) throws {
        try mustRun("mount", ["-o", "remount,\(option)", fixture.repository])
    }

    /// Leaves only so many bytes free, by a file beside what is there.
    func fill(leaving bytes: Int) throws {
        let free = try FileManager.default.attributesOfFileSystem(forPath: fixture.repository)[.systemFreeSize]
        let count = (free as? NSNumber)?.intValue ?? 0
        try mustRun("fallocate", ["-l", String(count - bytes), fixture.path(".fill")])
    }

    func empty() throws { try FileManager.default.removeItem(atPath: fixture.path(".fill")) }
}
