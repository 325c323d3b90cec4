import Foundation
import GlareTestSupport
import Testing

@testable import GlareSystem

@Suite("A share of a directory's lock")
struct SharedLockTests {
    private let scratch: Scratch
    private let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    private func share() throws -> DirectoryLock {
        try DirectoryLock.prepare(in: directory)
        return try #require(
            try DirectoryLock.share(in: directory, limit: 30, of: "the place") { Issue.record("waited for \($0)") })
    }

    private func isFree() throws -> Bool {
        if case .acquired = try DirectoryLock.attempt(in: directory, holder: "somebody") { true } else { false }
    }

    @Test(.timeLimit(.minutes(1))) func severalHaveOneAndNobodyHasAll() throws {
        let first = try share()
        let second = try share()
        #expect(try !isFree())
        withExtendedLifetime((first, second)) {}
    }

    @Test func whatNobodyPreparedIsNotThere() throws {
        #expect(try DirectoryLock.share(in: directory, limit: 0, of: "the place") { _ in } === nil)
    }

    @Test(.timeLimit(.minutes(1))) func itIsFreeWhenAllAreBack() throws {
        do {
            let share = try share()
            withExtendedLifetime(share) {}
        }
        // Waits: a child that another test is just starting has all descriptors for a moment.
        let lock = try DirectoryLock.acquire(in: directory, holder: "bob") { _ in }
        withExtendedLifetime(lock) {}
    }
}

@Suite("Paths and their filesystems")
struct CanonicalPathTests {
    @Test func symlinksAndDotsAreResolved() throws {
        let scratch = try Scratch()
        let directory = try canonicalPath(scratch.directory("one/two"))
        try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "one")
        #expect(try canonicalPath(scratch.path("link/two/../two/.")) == directory)
        #expect(try code { try canonicalPath(scratch.path("none")) } == .noSuchFileOrDirectory)
    }

    @Test func aPathIsSplitAtItsLastSlash() {
        #expect(splitPath("/a/b/c") == ("/a/b", "c"))
        #expect(splitPath("/a") == ("/", "a"))
        #expect(splitPath("a") == (".", "a"))
    }

    @Test func aDiskHereIsNotShared() throws {
        let scratch = try Scratch()
        #expect(try Directory.open(scratch.url.path).sharedFilesystem() == nil)
    }
}
