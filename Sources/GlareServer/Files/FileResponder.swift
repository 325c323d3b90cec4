import GlareModel
import GlareSystem
import NIOCore
import NIOPosix
import SystemPackage

/// Answers requests with a repository's files.
struct FileResponder: Responder {
    let directory: ServedDirectory
    /// Where files are opened if a disk may have to be waited for.
    let pool: NIOThreadPool
    let errors: ErrorLog

    func respond(to request: RequestHead, on eventLoop: any EventLoop) -> Reply {
        switch request.method {
        case "GET", "HEAD": break
        case "OPTIONS": return .now(.options)
        default: return .now(.refusal(of: request.method))
        }
        switch RequestTarget(request.target) {
        case .malformed: return .now(.error(.badRequest))
        case .neverServed: return .now(.error(.notFound))
        case .file(let components):
            let files = directory.files
            if let file = files.openIfCached(components) { return .now(Self.answer(to: request, with: file)) }
            return .later(
                pool.runIfActive(eventLoop: eventLoop) {
                    do {
                        guard let file = try files.open(components) else { return .error(.notFound) }
                        return Self.answer(to: request, with: file)
                    } catch {
                        errors.error("\(error)")
                        return .error(Self.status(for: error))
                    }
                })
        }
    }

    private static func answer(to request: RequestHead, with file: ServedFile) -> Answer {
        Answer(
            for: file, preconditions: Preconditions(request.fields),
            range: request.isHead ? nil : request.fields[.range],
            now: HTTPDate(seconds: FileTime.now.seconds))
    }

    /// Of a file that is there and can't be opened.
    private static func status(for error: any Error) -> Status {
        switch (error as? SystemError)?.code {
        case .permissionDenied, .notPermitted: .forbidden
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory: .unavailable
        default: .internalError
        }
    }
}

extension Preconditions {
    fileprivate init(_ fields: RequestFields) {
        self.init(
            ifMatch: fields[.ifMatch], ifUnmodifiedSince: fields[.ifUnmodifiedSince],
            ifNoneMatch: fields[.ifNoneMatch], ifModifiedSince: fields[.ifModifiedSince],
            ifRange: fields[.ifRange])
    }
}
