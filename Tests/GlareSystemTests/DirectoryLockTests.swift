import Foundation
import GlareTestSupport
import Synchronization
import Testing

@testable import GlareSystem

@Suite("The right to change a directory")
struct DirectoryLockTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
    }

    @Test("one has it; the others are told who")
    func exclusive() throws {
        let lock = try #require(try lock("alice"))
        #expect(try holder("bob") == "alice, process \(ProcessInfo.processInfo.processIdentifier)")
        withExtendedLifetime(lock) {}
    }

    @Test(
        "it is free again when it is let go, and a longer name of the last holder leaves no trace",
        .timeLimit(.minutes(1)))
    func release() throws {
        do {
            let lock = try #require(try lock("somebody with a long name on a host with another"))
            withExtendedLifetime(lock) {}
        }
        // Waits: a child that another test is just starting has all descriptors for a moment.
        let second = try DirectoryLock.acquire(in: directory, holder: "bob") { _ in }
        #expect(try holder("carol") == "bob, process \(ProcessInfo.processInfo.processIdentifier)")
        withExtendedLifetime(second) {}
    }

    @Test("who waits is told once who holds it, and gets it afterwards", .timeLimit(.minutes(1)))
    func waiting() throws {
        var held: DirectoryLock? = try lock("alice")
        var told: [String] = []
        let lock = try DirectoryLock.acquire(in: directory, holder: "bob") { name in
            told.append(name)
            // The wait begins after this call, so the release may come before it or during it.
            if let lock = held {
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: 0.05)
                    withExtendedLifetime(lock) {}
                }
            }
            held = nil
        }
        #expect(told == ["alice, process \(ProcessInfo.processInfo.processIdentifier)"])
        #expect(try holder("carol")?.hasPrefix("bob, ") == true)
        withExtendedLifetime(lock) {}
    }

    @Test("who need not wait is told nothing")
    func notWaiting() throws {
        let lock = try DirectoryLock.acquire(in: directory, holder: "bob") { Issue.record("waited for \($0)") }
        #expect(try holder("carol")?.hasPrefix("bob, ") == true)
        withExtendedLifetime(lock) {}
    }

    @Test("it ends with its process, however that ends", .enabled(if: Machine.has("flock")))
    func death() throws {
        let path = try scratch.file("lock", "")
        do {
            let other = try RunningProcess("flock", ["--no-fork", path, "sleep", "100"])
            #expect(other.waits { (try? run("flock", ["--nonblock", path, "true"]).status) == 1 })
            #expect(try holder("bob") == "another process")
            other.signal(SIGKILL)
            other.wait()
        }
        #expect(try holder("bob") == nil)
    }

    @Test("who has waited for as long as was said is told who has it", arguments: [0, 1])
    func limit(seconds: Int64) throws {
        let lock = try #require(try lock("alice"))
        var told: [String] = []
        let error = try #require(throws: LockHeld.self) {
            _ = try DirectoryLock.acquire(in: directory, holder: "bob", limit: seconds, of: "the place") {
                told.append($0)
            }
        }
        let alice = "alice, process \(ProcessInfo.processInfo.processIdentifier)"
        #expect(told == [alice])
        #expect(error == LockHeld(path: "the place", holder: alice, waited: seconds))
        #expect("\(error)".hasPrefix("the place is being changed by \(alice)"))
        withExtendedLifetime(lock) {}
    }

    @Test("a wait that has an end gets it as well", .timeLimit(.minutes(1)))
    func inTime() throws {
        var held: DirectoryLock? = try lock("alice")
        let lock = try DirectoryLock.acquire(in: directory, holder: "bob", limit: 3600) { _ in held = nil }
        #expect(held == nil)
        #expect(try holder("carol")?.hasPrefix("bob, ") == true)
        withExtendedLifetime(lock) {}
    }

    @Test("readers share it and write nothing; a writer waits for them")
    func sharing() throws {
        #expect(try share() == nil)
        #expect(try !DirectoryLock.isHeld(in: directory))
        var writer = try lock("alice")
        #expect(try DirectoryLock.isHeld(in: directory))
        #expect(throws: LockHeld.self) { try share() }
        withExtendedLifetime(writer) {}
        writer = nil
        let before = try directory.file("lock").status().stamp
        do {
            let readers = [try #require(try share()), try #require(try share())]
            #expect(try !DirectoryLock.isHeld(in: directory))
            #expect(try directory.file("lock").status().stamp == before)
            #expect(throws: LockHeld.self) {
                _ = try DirectoryLock.acquire(in: directory, holder: "bob", limit: 0) { _ in }
            }
            withExtendedLifetime(readers) {}
        }
        // Waits: a child that another test is just starting has all descriptors for a moment.
        _ = try DirectoryLock.acquire(in: directory, holder: "bob") { _ in }
    }

    @Test("who only asks takes it from nobody", .timeLimit(.minutes(1)))
    func asking() throws {
        final class Flag: Sendable { let isSet = Atomic(false) }
        try DirectoryLock.prepare(in: directory)
        let isOver = Flag()
        defer { isOver.isSet.store(true, ordering: .relaxed) }
        Thread.detachNewThread { [directory] in
            while !isOver.isSet.load(ordering: .relaxed) { _ = try? DirectoryLock.isHeld(in: directory) }
        }
        var refusals = 0
        for _ in 0..<300 {
            if let lock = try lock("alice") { lock.release() } else { refusals += 1 }
        }
        #expect(refusals == 0)
    }

    private func share() throws -> DirectoryLock? {
        // With time, for a child that another test is just starting has all descriptors for a moment.
        try DirectoryLock.share(in: directory, limit: 1, of: "the place") { _ in }
    }

    @Test("members of the directory's group can take it, whatever the umask of who was first")
    func mode() throws {
        let first = try lock("alice")
        #expect(try directory.status(of: "lock")?.mode == 0o660)
        withExtendedLifetime(first) {}
    }

    @Test("the lock file stays, so that two can't lock two files of one name")
    func lockFile() throws {
        _ = try lock("alice")
        let before = try #require(try directory.status(of: "lock")).stamp
        _ = try lock("bob")
        let after = try #require(try directory.status(of: "lock")).stamp
        #expect(after.isSameFile(as: before))
    }

    private func lock(_ name: String) throws -> DirectoryLock? {
        switch try DirectoryLock.attempt(in: directory, holder: name) {
        case .acquired(let lock): lock
        case .held: nil
        }
    }

    /// Who holds it; nil where it was free.
    private func holder(_ name: String) throws -> String? {
        switch try DirectoryLock.attempt(in: directory, holder: name) {
        case .acquired: nil
        case .held(let holder): holder
        }
    }
}
