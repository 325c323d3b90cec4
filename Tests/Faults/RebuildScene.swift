import Foundation
import GlareTestSupport

/// A repository that the original made, which `rebuild-index` adopts: everything that can be derived is to come.
final class RebuildScene: Scene {
    let directory: String
    let kind = Standing.Kind.repository
    let address: String? = nil
    private let scratch: Scratch
    private let names = ["debian", "fedora"]
    private var current: [String: String] = [:]
    private var files: Set<String> = []

    init(in parent: String? = nil) throws {
        scratch = try Scratch()
        directory = (parent ?? scratch.url.path) + "/repository"
        let original = try OriginalRepository(scratch.path("original"))
        for (index, name) in names.enumerated() {
            for version in 1...2 {
                let added = try original.add(SmallImage.write(10 * index + version, to: scratch.path(name)), as: name)
                current[name] = added.sha256
                files.insert(added.fileName)
            }
        }
    }

    func prepare() throws -> Attempt {
        try? FileManager.default.removeItem(atPath: directory)
        try mustRun("cp", ["-a", "--sparse=always", scratch.path("original"), directory])
        return Attempt(
            arguments: ["rebuild-index", "-d", directory, "--grace", "0"], before: current, after: current,
            kept: files, isExact: true)
    }
}

/// A repository as the original lays it out.
struct OriginalRepository {
    let directory: String

    init(_ directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(
            atPath: directory + "/archive", withIntermediateDirectories: true)
    }

    /// Makes the file at a path the current version of an image.
    func add(_ path: String, as name: String) throws -> (fileName: String, sha256: String) {
        let id = try md5(path)
        let fileName = "\(name)-\(id)"
        try mustRun("cp", ["--sparse=always", path, "\(directory)/archive/\(fileName)"])
        try mustRun("ln", ["-sfn", "archive/\(fileName)", "\(directory)/\(name)"])
        let changelog = URL(fileURLWithPath: "\(directory)/\(name).md")
        let before = (try? String(contentsOf: changelog, encoding: .utf8)) ?? ""
        try "# [\(id)] - 2026-01-01 00:00:00\n## of the original\n\n\(before)"
            .write(to: changelog, atomically: false, encoding: .utf8)
        let images = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".md") }
        try images.sorted().map { $0.dropLast(3) + "\n" }.joined()
            .write(toFile: "\(directory)/images.txt", atomically: false, encoding: .utf8)
        return (fileName, try sha256(path))
    }
}
