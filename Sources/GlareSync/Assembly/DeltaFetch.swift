import GlareModel
import GlareSystem
import GlareTransfer
import NIOCore

/// Brings a delta in one request, and applies what has come while the rest comes.
struct DeltaFetch: Sendable {
    let read: RangedRead
    let delta: DeltaReference
    /// The delta's file, relative to the repository.
    let path: String
    let target: TargetImage
    let base: BaseBlocks
    /// How many segments may be in memory at a time, of all images together.
    let gate: Gate

    /// - Parameters:
    ///   - name: Of the file in `partial`, which outlives the process.
    /// - Throws: `InvalidDocument` or `WrongBase` for a delta, or a base, that is not what it should be.
    func run(keeping name: String, in partial: Directory) async throws {
        let intake = try await FileThreads.run { try DeltaIntake(self, name: name, in: partial) }
        // What an earlier run left may be at fault for what is wrong: then it is fetched again, once.
        for isLast in [!intake.hasLeftover, true] {
            do {
                try await take(intake)
                break
            } catch SyncError.wrongContent where !isLast {
                continue
            } catch SyncError.noRanges where !isLast {
                // Not the rest, but all of it can be had.
                try intake.forget()
            }
        }
        guard target.missing.isEmpty else { throw InvalidDocument(path, "does not make all of the image") }
        try await FileThreads.run { try partial.remove(name) }
    }
}

extension DeltaFetch {
    /// Applies what is there, then what comes.
    fileprivate func take(_ intake: DeltaIntake) async throws {
        do {
            try await intake.advance(from: path)
        } catch {
            try await intake.settle(from: path)
            throw error
        }
        try await intake.settle(from: path)
        try await read.run(path, size: delta.content.size, upTo: delta.content.size) {
            intake.start
        } take: { bytes, address in
            try await intake.add(bytes, from: address)
        } settle: {
            try await intake.settle(from: path)
        }
    }
}

/// A delta as far as it has come, and the segments that are being applied. Used by one task at a time.
private final class DeltaIntake: @unchecked Sendable {
    private let fetch: DeltaFetch
    private let file: File
    private let temporary: TemporaryFile
    private var received: Int64
    let hasLeftover: Bool
    private var opened: (head: DeltaHead, decoder: DeltaDecoder)?
    private var next = 0
    /// The last segment that was begun: admitted to memory, and written. They follow each other.
    private var admitted: Task<Void, any Error>?
    private var written: [Task<Void, any Error>] = []

    init(_ fetch: DeltaFetch, name: String, in partial: Directory) throws {
        self.fetch = fetch
        temporary = try TemporaryFile(resuming: name, in: partial)
        file = temporary.file
        let size = try file.status().size
        received = size
        hasLeftover = size > 0
        // Of another delta, or more than there can be.
        if size > fetch.delta.content.size || size < fetch.delta.head.size { try forget() }
    }

    /// Where what is there ends; nil where that is all.
    var start: Int64? { received < fetch.delta.content.size ? received : nil }

    /// - Parameter position: Where what is right ends.
    func forget(from position: Int64 = 0) throws {
        try file.truncate(to: position)
        received = position
        if position == 0 { (opened, next) = (nil, 0) }
    }

    func add(_ bytes: ByteBuffer, from address: String) async throws {
        let (file, position) = (file, received)
        try await FileThreads.run { try bytes.withUnsafeReadableBytes { try file.write($0, at: position) } }
        received += Int64(bytes.readableBytes)
        try await advance(from: address)
    }

    /// Begins to apply every segment that is there.
    func advance(from address: String) async throws {
        guard received >= fetch.delta.head.size else { return }
        let (head, decoder) = try await open(from: address)
        while next < head.segments.count, received >= head.segments[next].stored.upperBound {
            if !decoder.isDone(next) { apply(next, head.segments[next], decoder) }
            next += 1
        }
    }

    private func open(from address: String) async throws -> (head: DeltaHead, decoder: DeltaDecoder) {
        if let opened { return opened }
        let bytes = try await FileThreads.run { [file, fetch] in
            try file.read(at: 0, count: Int(fetch.delta.head.size))
        }
        guard SHA256Digest(of: bytes) == fetch.delta.head.sha256 else {
            try forget()
            throw SyncError.wrongContent(
                address: address, expected: "a head with SHA-256 \(fetch.delta.head.sha256)", found: "another")
        }
        let head = try DeltaHead(bytes, subject: address)
        guard head.fileSize == fetch.delta.content.size else {
            throw InvalidDocument(
                address, "has \(fetch.delta.content.size) bytes by its record, by its head \(head.fileSize)")
        }
        let decoder = try DeltaDecoder(
            head, base: fetch.base, baseDigest: fetch.delta.base, target: fetch.target, subject: fetch.path)
        opened = (head, decoder)
        return (head, decoder)
    }

    /// Begins to expand and write a segment; returns at once, so that the network is never held up.
    private func apply(_ index: Int, _ segment: DeltaHead.Segment, _ decoder: DeltaDecoder) {
        let (file, gate, previous, before) = (file, fetch.gate, written.last, admitted)
        // In the order of the segments: who is in memory never waits for one that is not.
        let admission = Task {
            try await before?.value
            await gate.enter()
        }
        admitted = admission
        written.append(
            Task {
                try await admission.value
                do {
                    let expanded = try await FileThreads.run {
                        let bytes = try file.read(at: segment.stored.lowerBound, count: segment.stored.count)
                        return try bytes.withUnsafeBytes { try decoder.decode($0, as: index) }
                    }
                    try await previous?.value
                    try await FileThreads.run { try decoder.write(expanded, threads: FileThreads.count) }
                } catch {
                    await gate.leave()
                    throw error
                }
                await gate.leave()
            })
    }

    /// Waits for all that is being applied. What turns out to have come wrong is forgotten.
    func settle(from address: String) async throws {
        let tasks = written
        (written, admitted) = ([], nil)
        for task in tasks { _ = await task.result }
        do {
            for task in tasks { try await task.value }
        } catch let error as WrongSegment {
            try forget(from: error.stored.lowerBound)
            next = error.index
            throw SyncError.wrongContent(
                address: address, expected: "the published segment of bytes \(error.stored)",
                found: "another SHA-256")
        }
    }
}
