import GlareSystem
import NIOCore

/// One request, from where it is understood to where its answer is sent.
final class Exchange {
    /// Whether another request may follow on the connection.
    let isPersistent: Bool
    private let isHead: Bool
    /// Whether the client takes a connection for persistent without being told so.
    private let isOld: Bool
    private var entry: AccessLogEntry
    private let began = NIODeadline.now()
    private var status: Status?
    private var isRecorded = false
    /// The content that is not sent yet; nil where there is none.
    private(set) var transfer: Transfer?
    /// The file that is sent from, as NIO wants it.
    private var handle: NIOFileHandle?
    private var sending: Range<Int64>?
    /// Whether the transfer goes on when the connection takes more.
    var waitsForRoom = false

    /// - Parameter request: Nil where there was none that could be understood.
    init(_ request: RequestHead?, from address: String?, isPersistent: Bool) {
        self.isPersistent = isPersistent
        isHead = request?.isHead ?? false
        isOld = request?.minorVersion == 0
        entry = AccessLogEntry(
            remoteAddress: address, reader: nil, time: FileTime.now.seconds, method: request?.method ?? "",
            target: AccessLogEntry.shortened(request?.target ?? ""), minorVersion: request?.minorVersion ?? 1,
            status: 0, duration: 0,
            bytesSent: 0,
            referrer: request?.fields[.referrer].map(AccessLogEntry.shortened),
            userAgent: request?.fields[.userAgent].map(AccessLogEntry.shortened))
    }

    deinit { releaseHandle() }

    /// Begins an answer.
    ///
    /// - Returns: Its head, and its content as far as that is no file's.
    func begin(_ answer: Answer, date: String, isDirect: Bool) -> ByteBuffer {
        status = answer.status
        entry.status = answer.status.rawValue
        entry.reader = answer.reader
        var buffer = ByteBufferAllocator().buffer(capacity: capacity(for: answer, isDirect: isDirect))
        answer.writeHead(to: &buffer, date: date, connection: isPersistent ? (isOld ? .keepAlive : nil) : .close)
        guard !isHead else { return buffer }
        switch answer.content {
        case .none: break
        case .text(let text): entry.bytesSent += Int64(buffer.writeString(text))
        case .run(let file, let range): transfer = Transfer(file, range, isDirect: isDirect)
        case .pieces(let file, let pieces): transfer = Transfer(file, pieces, isDirect: isDirect)
        }
        return buffer
    }

    /// So that head and a small content need but one allocation.
    private func capacity(for answer: Answer, isDirect: Bool) -> Int {
        let head = 512
        let largest = isDirect ? Transfer.largestCopied : Transfer.copySize
        return isHead || answer.contentLength > largest ? head : head + Int(answer.contentLength)
    }

    /// The transfer's next step; what is written with it counts as sent.
    ///
    /// - Parameter buffer: As the transfer has it; what is in it already was counted, or is no content.
    func next(_ buffer: inout ByteBuffer) -> Transfer.Step {
        guard var transfer = self.transfer.take() else { return .end }
        let before = buffer.readableBytes
        let step = transfer.next(&buffer)
        self.transfer = transfer
        entry.bytesSent += Int64(buffer.readableBytes - before)
        if case .file(let range) = step { sending = range }
        return step
    }

    /// The region of a step, for the connection.
    func region(_ range: Range<Int64>, of file: File) -> FileRegion {
        let handle = self.handle ?? NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
        self.handle = handle
        return FileRegion(
            fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(range.upperBound))
    }

    func sent(_ range: Range<Int64>) {
        sending = nil
        entry.bytesSent += range.upperBound - range.lowerBound
        transfer?.sent(range)
    }

    func took(_ bytes: ByteBuffer) {
        entry.bytesSent += Int64(bytes.readableBytes)
        transfer?.took(bytes)
    }

    func warmed() { transfer?.warmed() }

    /// Of the file that is sent, for messages.
    var path: String { transfer?.served.file.path ?? "" }

    /// Whether what is being sent is not in the file any more: `sendfile` then sends nothing, and says so to
    /// nobody.
    var isFileShortened: Bool {
        guard let sending, let file = transfer?.served.file, let status = try? file.status() else { return false }
        return status.size < sending.upperBound
    }

    /// Counts and logs it, with the bytes that the connection took by now. Once: a second call does nothing.
    func record(in log: LogQueue<AccessLogEntry>?, _ worker: Worker) {
        releaseHandle()
        guard !isRecorded, let status else { return }
        isRecorded = true
        let duration = NIODeadline.now() - began
        entry.duration = Double(duration.nanoseconds) / 1e9
        worker.counters.record(status, bytes: entry.bytesSent, took: duration)
        log?.record(entry)
    }

    /// The descriptor is the file's, which closes it.
    private func releaseHandle() {
        if let handle { _ = try? handle.takeDescriptorOwnership() }
        handle = nil
    }
}
