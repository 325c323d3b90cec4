import GlareTestSupport
import Glibc
import Testing

@testable import GlareSystem

@Suite("Whether anybody else has a file open")
struct FileUseTests {
    let scratch: Scratch
    let directory: Directory

    init() throws {
        scratch = try Scratch()
        directory = try Directory.open(scratch.url.path)
        // Written by another process: a descriptor of this one for writing could live on for a moment in
        // a child that another test is just starting.
        try mustRun("sh", ["-c", "printf text > \"$0\"", scratch.path("file")])
    }

    @Test("who has it open alone is told so, as often as they ask")
    func unused() throws {
        let file = try directory.file("file")
        for _ in 0..<2 { #expect(file.withUse { $0 } == .unused) }
    }

    @Test("a second descriptor of our own is a use, until it is closed")
    func ourselves() throws {
        let file = try directory.file("file")
        let second = try directory.file("file")
        #expect(file.withUse { $0 } == .inUse)
        try second.close()
        #expect(becomesUnused(file))
    }

    @Test("another process is seen while it has the file open, under whatever name", arguments: ["file", "other name"])
    func otherProcess(name: String) throws {
        try directory.link("file", to: directory, as: "other name")
        let file = try directory.file("file")
        do {
            let reader = try RunningProcess("tail", ["-f", scratch.path(name)])
            // Once it has printed what is there it has the file open.
            #expect(reader.waits { reader.stdout == "text" })
            #expect(file.withUse { $0 } == .inUse)
        }
        #expect(file.withUse { $0 } == .unused)
    }

    /// At once, but for a child that another test is just starting, which has all descriptors until then.
    private func becomesUnused(_ file: File) -> Bool {
        for _ in 0..<500 {
            if file.withUse({ $0 }) == .unused { return true }
            usleep(10_000)
        }
        return false
    }

    @Test("what the body answers or throws is passed on, and the file can be asked again")
    func body() throws {
        struct Stop: Error {}
        let file = try directory.file("file")
        #expect(throws: Stop.self) { try file.withUse { _ in throw Stop() } }
        #expect(file.withUse { _ in 7 } == 7)
        #expect(file.withUse { $0 } == .unused)
    }

    @Test("a name that was removed meanwhile changes nothing")
    func removed() throws {
        let file = try directory.file("file")
        let use = try file.withUse { use in
            try directory.remove("file")
            return use
        }
        #expect(use == .unused)
        #expect(try directory.names() == [])
    }

    @Test(
        "who opens it without waiting, while another process asks about it, gets it all the same",
        .timeLimit(.minutes(1)))
    func openedWhileAsked() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let path = try scratch.file("file", "text")
            let place = try Directory.open(scratch.url.path)
            let file = try File.open(path)
            let opening = file.withUse { use in
                #expect(use == .unused)
                let opening = Thread(opening: place, path)
                // The kernel tells the lease's holder that somebody wants in.
                while fcntl(file.descriptor, getLease) == F_WRLCK { usleep(1000) }
                usleep(50_000)
                return opening
            }
            #expect(opening.wait())
        }
    }

    @Test("who opens the file while it is asked about waits, and ends nobody's process", .timeLimit(.minutes(1)))
    func openedMeanwhile() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let path = try scratch.file("file", "text")
            let file = try File.open(path)
            let reader = try file.withUse { use in
                #expect(use == .unused)
                let reader = try RunningProcess("cat", [path])
                // The kernel tells the lease's holder by ending the lease's type, and by a signal.
                #expect(reader.waits { fcntl(file.descriptor, getLease) != F_WRLCK })
                #expect(reader.isRunning)
                return reader
            }
            #expect(reader.wait() == 0)
            #expect(reader.stdout == "text")
        }
    }
}

/// Opens a file twice, beside the test.
private final class Thread: @unchecked Sendable {
    private var thread = pthread_t()
    private let directory: Directory
    private let path: String
    private var isOpened = false

    init(opening directory: Directory, _ path: String) {
        (self.directory, self.path) = (directory, path)
        let own = Unmanaged.passUnretained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { own in
                guard let own else { return nil }
                let thread = Unmanaged<Thread>.fromOpaque(own).takeUnretainedValue()
                thread.isOpened = (try? File.open(thread.path)) != nil && (try? thread.directory.file("file")) != nil
                return nil
            }, own)
    }

    func wait() -> Bool {
        pthread_join(thread, nil)
        return isOpened
    }
}

/// `F_GETLEASE`, which Glibc's module does not have.
private let getLease: Int32 = 1025
