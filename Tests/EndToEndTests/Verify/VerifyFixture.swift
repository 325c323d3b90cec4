import Foundation
import GlareTestSupport
import Testing

/// What `verify --json` tells.
struct Verified: Decodable {
    struct Finding: Decodable {
        let path, fault: String
        let expected, found, advice: String?
        let repaired: Bool
    }

    let path, kind: String
    let files, bytes, wrong, repaired, orphans: Int
    let findings: [Finding]
    let limits: [String]

    /// Paths below the place that was verified, of what is still wrong.
    var open: [String] { findings.filter { !$0.repaired && $0.fault != "orphan" }.map(below) }
    var mended: [String] { findings.filter(\.repaired).map(below) }
    var unneeded: [String] { findings.filter { $0.fault == "orphan" }.map(below) }

    private func below(_ finding: Finding) -> String { String(finding.path.dropFirst(path.count + 1)) }
}

extension PublisherFixture {
    /// `glare verify --json`, with its status.
    func verify(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, report: Verified) {
        let result = try glare(["verify", "--json"] + arguments, environment: environment)
        try #require(result.status == 0 || result.status == 4, "\(result.stderr)")
        return (result.status, try JSONDecoder().decode(Verified.self, from: Data(result.stdout.utf8)))
    }
}

/// What becomes of a file on a bad disk.
enum Rot: CaseIterable, Sendable {
    case flippedBit, truncated, missing

    var fault: String { self == .missing ? "missing" : "wrong" }

    func befall(_ path: String) throws {
        let mode = try PublisherFixture.Facts(path).mode
        switch self {
        case .missing:
            try FileManager.default.removeItem(atPath: path)
        case .truncated:
            chmod(path, 0o644)
            try #require(truncate(path, off_t(try PublisherFixture.Facts(path).size / 2)) == 0)
            chmod(path, mode)
        case .flippedBit:
            chmod(path, 0o644)
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            let place = UInt64(try PublisherFixture.Facts(path).size / 2)
            try file.seek(toOffset: place)
            let byte = try #require(try file.read(upToCount: 1)?.first)
            try file.seek(toOffset: place)
            try file.write(contentsOf: Data([byte ^ 1]))
            try file.close()
            chmod(path, mode)
        }
    }

    /// Flips a bit, and has what is remembered of the file fit, as a disk does that changes what was not written.
    static func unnoticed(_ path: String, state: String) throws {
        let before = try stamp(path)
        try flippedBit.befall(path)
        let text = try String(contentsOfFile: state, encoding: .utf8)
        let changed = text.replacingOccurrences(of: before, with: try stamp(path))
        try #require(changed != text)
        try changed.write(toFile: state, atomically: false, encoding: .utf8)
    }

    private static func stamp(_ path: String) throws -> String {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        let (modified, changed) = (status.st_mtim, status.st_ctim)
        return
            "\(status.st_dev):\(status.st_ino):\(status.st_size):\(modified.tv_sec).\(modified.tv_nsec):\(changed.tv_sec).\(changed.tv_nsec)"
    }
}
