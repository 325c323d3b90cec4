import Foundation
import GlareTestSupport
import Testing

/// A repository in a scratch directory of its own, image files to publish in it, and what to see there.
final class PublisherFixture: Sendable {
    let scratch: Scratch
    /// An empty directory at first.
    let repository: String

    init() throws {
        scratch = try Scratch()
        repository = try scratch.directory("repository")
        _ = try scratch.directory("images")
    }

    // MARK: Publishing

    /// A raw disk in a file, whose content follows from `seed`.
    func image(_ name: String, seed: UInt64, size: Int = 256 << 10) throws -> String {
        try DiskImages.raw(at: scratch.path("images/\(name)"), seed: seed, size: size, data: 64 << 10)
    }

    /// `glare add-image` with this file, into this repository.
    @discardableResult
    func add(
        _ path: String, _ message: String = "test", options: [String] = [], environment: [String: String] = [:]
    ) throws -> RunResult {
        try glare(["add-image", "-i", path, "-m", message, "-d", repository] + options, environment: environment)
    }

    /// Publishes the content of `seed` as `name`, some time after whatever was published before; it must
    /// succeed.
    @discardableResult
    func publish(
        _ name: String = "disk", seed: UInt64, _ message: String = "test", options: [String] = [],
        environment: [String: String] = [:]
    ) throws -> Version {
        let file = try image(name, seed: seed)
        try letTimePass()
        let result = try add(file, message, options: options, environment: environment)
        try #require(result.status == 0, "\(result.stderr)")
        return Version(name: name, sha256: try sha256(file))
    }

    /// Makes the versions older, because two publishes of an image within a second have to wait for the
    /// next one, which hundreds of tests can't.
    func letTimePass() throws {
        for name in exists("archive") ? try archived() : [] where name.count > 32 {
            let file = try facts("archive/\(name)")
            let earlier = timespec(tv_sec: file.modified - 2, tv_nsec: 0)
            try #require(utimensat(AT_FDCWD, path("archive/\(name)"), [earlier, earlier], AT_SYMLINK_NOFOLLOW) == 0)
        }
    }

    /// Damages a version's file, as a failing disk does: with zeros amid its noise, or by cutting it short.
    func damage(_ name: String, cuttingTo size: Int? = nil) throws {
        let (file, mode) = (path(name), try facts(name).mode)
        chmod(file, 0o644)
        if let size {
            try mustRun("truncate", ["-s", String(size), file])
        } else {
            try mustRun("dd", ["if=/dev/zero", "of=\(file)", "bs=4096", "seek=2", "count=1", "conv=notrunc"])
        }
        chmod(file, mode)
    }

    @discardableResult
    func rebuild(_ options: String..., environment: [String: String] = [:]) throws -> RunResult {
        try glare(["rebuild-index", "-d", repository] + options, environment: environment)
    }

    func glare(_ arguments: [String], environment: [String: String] = [:]) throws -> RunResult {
        try run(GlareBinary.path, arguments, environment: GlareBinary.environment(environment))
    }

    /// A version as our publishers name it.
    struct Version: Equatable {
        let name: String
        let sha256: String
        var id: String { String(sha256.prefix(32)) }
        var fileName: String { "\(name)-\(id)" }
        /// In the repository.
        var path: String { "archive/\(fileName)" }
    }

    // MARK: What is there

    func path(_ name: String) -> String { repository + "/" + name }
    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
    func exists(_ name: String) -> Bool { (try? Facts(path(name))) != nil }
    func link(_ name: String) throws -> String { try FileManager.default.destinationOfSymbolicLink(atPath: path(name)) }
    func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(directory)).sorted()
    }

    /// Names of the versions' files in the archive.
    func archived() throws -> [String] { try names(in: "archive").filter { $0 != "SHA256SUMS" } }

    func catalogue() throws -> Catalogue { try decode(text("images.json")) }

    /// The record that the catalogue names for an image.
    func record(of name: String = "disk") throws -> Record {
        let row = try #require(try catalogue().images.first { $0.name == name }, "\(name) is not in the catalogue")
        return try decode(text("catalogue/\(row.record.sha256).json"))
    }

    /// Ids of the image's versions, as hosts see them: newest first.
    func listed(_ name: String = "disk") throws -> [String] { try record(of: name).versions.map(\.id) }

    /// Headings of an image's changelog, for a reader that goes by lines, as the original's tools do.
    func headings(_ name: String = "disk") throws -> [String] {
        try text("\(name).md").utf8.split(separator: 0x0A).compactMap(String.init).filter { $0.hasPrefix("# [") }
            .map { String($0.dropFirst(3).prefix(32)) }
    }

    /// Every file and link but the private ones: kind, mode, owner, inode, times, size, content.
    func snapshot() throws -> [String] {
        let script = """
            find . -path ./.glare -prune -o ! -type d -printf '%p %y %m %U:%G %i %T@ %s %l\\n' | sort
            find . -path ./.glare -prune -o -type f -print0 | sort -z | xargs -0r sha256sum
            """
        return try mustRun("sh", ["-c", script], directory: repository).split(separator: "\n").map(String.init)
    }

    /// Files that a command left unfinished.
    func leftovers() throws -> [String] { exists(".glare/tmp") ? try names(in: ".glare/tmp") : [] }

    func decode<Value: Decodable>(_ text: String, snakeCase: Bool = false) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        if snakeCase { decoder.keyDecodingStrategy = .convertFromSnakeCase }
        return try decoder.decode(Value.self, from: Data(text.utf8))
    }
}

extension PublisherFixture {
    struct Catalogue: Decodable {
        let repository: String
        let serial: Int64
        let images: [Row]

        struct Row: Decodable {
            let name, current, sha256: String
            let size: Int
            let record: Reference
        }
        struct Reference: Decodable {
            let sha256: String
            let size: Int
        }
    }

    struct Record: Decodable {
        let name, current: String
        let versions: [Entry]

        struct Entry: Decodable {
            let id, sha256: String
            let size: Int
            let modified: Date
        }
    }

    /// What `lstat` tells of a file.
    struct Facts: Equatable {
        let inode: UInt64
        let mode: UInt32
        let owner, group: UInt32
        let size, allocated: Int
        /// Whole seconds.
        let modified: Int

        init(_ path: String) throws {
            var status = stat()
            guard lstat(path, &status) == 0 else {
                throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: path])
            }
            inode = UInt64(status.st_ino)
            mode = status.st_mode & 0o7777
            (owner, group) = (status.st_uid, status.st_gid)
            (size, allocated) = (Int(status.st_size), Int(status.st_blocks) * 512)
            modified = status.st_mtim.tv_sec
        }
    }

    func facts(_ name: String) throws -> Facts { try Facts(path(name)) }
}
