import GlareModel
import GlareSystem
import GlareTransfer
import NIOCore
import SystemPackage

/// A repository on this machine, or on a mounted one: `file://`.
struct DirectorySource: RepositorySource {
    let address: String
    private let path: String
    private let meter: TransferMeter

    /// - Parameter path: The repository's directory.
    init(path: String, meter: TransferMeter) {
        self.path = path
        self.meter = meter
        address = "file://\(path)"
    }

    /// Its directory, which is opened anew each time: one of several servers may not be mounted yet.
    @discardableResult
    func root() throws -> Directory {
        do {
            return try Directory.open(path)
        } catch let error as SystemError {
            guard error.code == .noSuchFileOrDirectory || error.code == .notDirectory else { throw error }
            throw SyncError.noRepository(path: path)
        }
    }

    func document(_ path: String, limit: Int, unless known: Validators?) async throws -> Answer<[UInt8]> {
        try await FileThreads.run {
            guard let file = try open(path) else { return .missing }
            let validators = try validators(of: file)
            if let known, known.match(validators) { return .unchanged }
            guard try file.status().size <= limit else { throw SyncError.tooLarge(address: file.path, limit: limit) }
            let bytes = try file.readAll(limit: limit)
            meter.add(bytes: bytes.count)
            return .found(bytes, validators)
        }
    }

    func examine(_ path: String, unless known: Validators?) async throws -> Answer<Int64> {
        try await FileThreads.run {
            guard let file = try open(path) else { return .missing }
            let validators = try validators(of: file)
            if let known, known.match(validators) { return .unchanged }
            return .found(try file.status().size, validators)
        }
    }

    func fetch(_ file: RemoteFile, into download: Download) async throws -> FetchedFile {
        try await FileThreads.run {
            guard let source = try open(file.path) else { throw SyncError.missing(address: url(file.path)) }
            let status = try source.status()
            guard status.kind == .regular, status.size > 0, status.size == file.size ?? status.size else {
                throw SyncError.wrongLength(address: url(file.path), expected: file.size, found: status.size)
            }
            let origin = Download.Origin(
                address: url(file.path), size: status.size, validators: try validators(of: source), content: file.sha256
            )
            try download.restart(origin)
            let summary = try download.fill(from: source, length: status.size)
            guard try source.status().stamp == status.stamp else {
                throw SyncError.changedMeanwhile(address: url(file.path))
            }
            meter.add(bytes: Int(clamping: status.size))
            return FetchedFile(
                digests: summary.digests, size: status.size, validators: origin.validators, modified: status.modified)
        }
    }

    func read(
        _ path: String, _ range: Range<Int64>, of size: Int64, _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        let file = try await FileThreads.run {
            guard let file = try open(path) else { throw SyncError.missing(address: url(path)) }
            let found = try file.status()
            guard found.kind == .regular, found.size == size else {
                throw SyncError.wrongLength(address: url(path), expected: size, found: found.size)
            }
            return file
        }
        var position = range.lowerBound
        while position < range.upperBound {
            let start = position
            let count = Int(min(Int64(Block.size), range.upperBound - start))
            let bytes = try await FileThreads.run {
                var bytes = ByteBuffer()
                try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { memory in
                    try file.fill(.init(rebasing: memory[..<count]), from: start)
                    return count
                }
                return bytes
            }
            meter.add(bytes: count)
            try await take(bytes)
            position += Int64(count)
        }
    }

    /// Nil where nothing is there. A symlink at the end is followed, as a web server does: the directory
    /// is the user's own.
    private func open(_ path: String) throws -> File? {
        meter.addRequest()
        let root = try root()
        do {
            return try File.open(root.path(of: path))
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory || error.code == .notDirectory {
            return nil
        }
    }

    private func validators(of file: File) throws -> Validators {
        let stamp = try file.status().stamp
        return Validators(
            entityTag: "\"\(stamp.inode)-\(stamp.size)-\(stamp.modified.seconds).\(stamp.modified.nanoseconds)\"")
    }
}
