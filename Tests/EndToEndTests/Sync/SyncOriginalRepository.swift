import Foundation
import GlareTestSupport

/// A repository laid out by the original's steps: absolute symlinks, MD5 ids, no catalogue.
final class SyncOriginalRepository: Sendable {
    let directory: String
    private let start = Int(Date().timeIntervalSince1970) - 3600

    init(_ directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory + "/archive", withIntermediateDirectories: true)
    }

    /// `add-image` as the original does it, step by step.
    func add(_ image: String, as name: String, message: String = "test") throws {
        let id = try md5(image)
        let version = "\(directory)/archive/\(name)-\(id)"
        try mustRun("cp", [image, version])
        // Each publish in a second of its own: with one of the same length in the same second, no server
        // and no wget of the original would tell them apart.
        let publishes =
            try FileManager.default.contentsOfDirectory(atPath: directory + "/archive").count + headings(name)
        try mustRun("touch", ["-d", "@\(start + publishes)", version])
        try mustRun("ln", ["-sfn", version, "\(directory)/\(name)"])
        try prependToChangelog(of: name, "# [\(id)] - Mon Nov 23 10:00:00 UTC 2026\n## \(message)\n\n")
        try writeList()
    }

    func prependToChangelog(of name: String, _ entry: String) throws {
        let path = "\(directory)/\(name).md"
        let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        try (entry + old).write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func headings(_ name: String) -> Int {
        let text = (try? String(contentsOfFile: "\(directory)/\(name).md", encoding: .utf8)) ?? ""
        return text.components(separatedBy: "# [").count
    }

    func removeChangelog(of name: String) throws {
        try FileManager.default.removeItem(atPath: "\(directory)/\(name).md")
    }

    /// `rebuild-index` of the original.
    func writeList() throws {
        let script = "find . -maxdepth 1 -type l -printf '%P\\n' | sort > images.txt"
        try mustRun("sh", ["-c", script], directory: directory)
    }

    /// When the image that a name stands for was written, in seconds.
    func modified(_ name: String) throws -> Int {
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)")
        return try PublisherFixture.Facts(target).modified
    }
}
