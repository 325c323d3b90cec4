import AsyncHTTPClient
import GlareModel
import GlareSystem
import NIOCore
import NIOHTTP1

/// A whole file over HTTP, resumed where an earlier attempt stopped.
extension HTTPSource {
    func fetch(_ file: RemoteFile, into download: Download) async throws -> FetchedFile {
        let address = url(file.path)
        if let size = file.size, let origin = download.origin, isSame(origin, as: file), download.received == size {
            // All of it had come when an earlier run ended; the digest will tell.
            return try await finish(download, origin)
        }
        let headers = rangeHeaders(for: file, after: download)
        let response = try await send(.GET, file.path, headers)
        switch response.status.code {
        case 206 where isOther(response, download, at: address), 416 where headers.contains(name: "Range"):
            // What is there is of what the server had before: from the start, at the next attempt.
            try await FileThreads.run { try download.forget() }
            throw SyncError.interrupted(
                address: address, received: 0, expected: file.size ?? 0, reason: "the server has other content now")
        case 206: try continues(response, download, at: address)
        case 200: try await restart(response, file, download, at: address)
        case 404, 410: throw SyncError.missing(address: address)
        default: throw Self.failure(response, at: address)
        }
        return try await receive(response, download, at: address)
    }

    /// Whether what was received is the beginning of this file: the same address, or, from whatever mirror,
    /// the same content by its digest.
    private func isSame(_ origin: Download.Origin, as file: RemoteFile) -> Bool {
        guard origin.size == file.size ?? origin.size else { return false }
        return origin.address == url(file.path) || file.sha256 != nil && origin.content == file.sha256
    }

    /// Asks for the rest alone, if the server still has what the beginning came from. Only that server
    /// knows its validator; of another mirror's bytes the digest must tell.
    private func rangeHeaders(for file: RemoteFile, after download: Download) -> HTTPHeaders {
        guard let origin = download.origin, isSame(origin, as: file), download.received > 0,
            download.received < origin.size
        else { return [:] }
        var headers: HTTPHeaders = ["Range": "bytes=\(download.received)-"]
        if origin.address == url(file.path) {
            guard let validator = origin.validators.forRange else { return [:] }
            headers.add(name: "If-Range", value: validator)
        }
        return headers
    }

    /// Whether a server that sends a part, against If-Range, says itself that it is of another file.
    private func isOther(_ response: HTTPClientResponse, _ download: Download, at address: String) -> Bool {
        guard let origin = download.origin, origin.address == address, let tag = origin.validators.entityTag,
            let found = response.headers.first(name: "ETag")
        else { return false }
        return found != tag
    }

    /// Checks that a part is the part that was asked for.
    private func continues(_ response: HTTPClientResponse, _ download: Download, at address: String) throws {
        guard let origin = download.origin, download.received > 0 else {
            throw SyncError.wrongRange(address: address, asked: "the whole file", found: "a part")
        }
        let asked = "bytes \(download.received)-\(origin.size - 1)/\(origin.size)"
        let found = response.headers.first(name: "Content-Range")?.safeForDisplay ?? "no Content-Range"
        guard found == asked else { throw SyncError.wrongRange(address: address, asked: asked, found: found) }
    }

    private func restart(
        _ response: HTTPClientResponse, _ file: RemoteFile, _ download: Download, at address: String
    ) async throws {
        _ = try Self.requirePlain(response, at: address)
        let length = Self.contentLength(response)
        // From a catalogue the length is known; without one the server must say it.
        guard let size = file.size ?? length, size > 0, length ?? size == size else {
            throw SyncError.wrongLength(address: address, expected: file.size, found: length)
        }
        if file.size == nil, response.headers.first(name: "Content-Type")?.hasPrefix("text/html") == true {
            throw SyncError.notWhatItSays(
                address: address, reason: "expected a disk image, the server sends a web page")
        }
        let origin = Download.Origin(
            address: address, size: size, validators: Self.validators(response), content: file.sha256)
        try await FileThreads.run { try download.restart(origin) }
    }

    private func receive(
        _ response: HTTPClientResponse, _ download: Download, at address: String
    ) async throws -> FetchedFile {
        guard let origin = download.origin else { throw SyncError.missing(address: address) }
        let writer = WriteBehind(download)
        var left = origin.size - download.received
        do {
            try await receive(response) { buffer in
                left -= Int64(buffer.readableBytes)
                guard left >= 0 else {
                    throw SyncError.wrongLength(address: address, expected: origin.size, found: nil)
                }
                try await writer.write(buffer)
            }
            try await writer.finish()
        } catch {
            // What has arrived is kept for the next attempt.
            try? await writer.finish()
            await writer.abandon()
            throw Self.interruption(error, download, at: address)
        }
        guard left == 0 else {
            throw SyncError.interrupted(
                address: address, received: download.received, expected: origin.size,
                reason: "the server closed the connection")
        }
        return try await finish(download, origin)
    }

    private func finish(_ download: Download, _ origin: Download.Origin) async throws -> FetchedFile {
        let digests = try await FileThreads.run { try download.finish() }
        return FetchedFile(
            digests: digests, size: origin.size, validators: origin.validators,
            modified: origin.validators.lastModified.flatMap { text in
                HTTPDate(text, now: HTTPDate(seconds: FileTime.now.seconds)).map { FileTime(seconds: $0.seconds) }
            })
    }

    private static func interruption(_ error: any Error, _ download: Download, at address: String) -> any Error {
        if error is SystemError || error is SyncError || error is CancellationError { return error }
        return SyncError.interrupted(
            address: address, received: download.received, expected: download.origin?.size ?? 0,
            reason: HTTPFailure.reason(error))
    }
}
