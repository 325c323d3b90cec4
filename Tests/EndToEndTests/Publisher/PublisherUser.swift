import Foundation
import GlareTestSupport
import Glibc

/// Somebody else, who needs no account. Only root can become others.
struct PublisherUser: Sendable {
    let id: UInt32
    /// Groups beside their own, whose number is theirs.
    let groups: [UInt32]

    static let team: UInt32 = 62_000
    static let alice = PublisherUser(id: 61_001, groups: [team])
    static let bob = PublisherUser(id: 61_002, groups: [team])
    static let nobody = PublisherUser(id: 65_534, groups: [])

    func glare(
        _ fixture: PublisherFixture, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> RunResult {
        try run("setpriv", words(fixture, arguments), environment: GlareBinary.environment(environment))
    }

    func start(_ fixture: PublisherFixture, _ arguments: [String]) throws -> RunningProcess {
        try RunningProcess("setpriv", words(fixture, arguments), environment: GlareBinary.environment())
    }

    private func words(_ fixture: PublisherFixture, _ arguments: [String]) throws -> [String] {
        let groups = groups.map(String.init).joined(separator: ",")
        let rights = ["--reuid=\(id)", "--regid=\(id)", groups.isEmpty ? "--clear-groups" : "--groups=\(groups)"]
        return try rights + ["--", fixture.sharedBinary()] + arguments
    }
}

extension PublisherFixture {
    /// Lets everybody into the scratch directory.
    func openForOthers() throws {
        for directory in [scratch.url.path, scratch.path("images")] { chmod(directory, 0o755) }
    }

    /// The program in a place that others can reach. (The debug build needs a toolchain that they can read as well.)
    fileprivate func sharedBinary() throws -> String {
        try openForOthers()
        return try program(in: "bin")
    }

    /// A second name of the program, alone in a directory of the scratch directory.
    func program(in directory: String) throws -> String {
        let path = try scratch.directory(directory) + "/glare"
        if access(path, X_OK) == 0 { return path }
        if Glibc.link(GlareBinary.path, path) != 0 { try mustRun("cp", [GlareBinary.path, path]) }
        return path
    }
}
