import GlareSystem
import Glibc
import NIOCore
import SystemPackage

/// Why a repository can't be served: what was asked for, what was found, and what to do about it.
public enum ServerError: Error, Equatable, CustomStringConvertible {
    /// Nothing is at the repository's path.
    case directoryMissing(String)
    /// Something else is at the repository's path.
    case notADirectory(String)
    /// The system refuses to open the repository's directory.
    case directoryUnreadable(String, reason: String)
    /// The host's name has no address.
    case hostUnknown(String)
    /// No network interface of this machine has the address.
    case addressNotHere(host: String)
    /// Another program listens there.
    case portInUse(host: String, port: Int)
    /// Ports under 1024 want a privilege.
    case portNotPermitted(host: String, port: Int)
    /// The system refuses for another reason.
    case cannotListen(host: String, port: Int, reason: String)
    /// A Unix socket can't be made, or a socket that was handed over can't be used.
    case cannotUseSocket(String, reason: String)
    /// Another program listens at a Unix socket's path.
    case socketInUse(String)
    /// Something that is no socket is at a Unix socket's path.
    case notASocket(String)
    /// A descriptor that was handed over is no socket, or takes no connections.
    case notListening(Int32)
    /// The limit of open files allows hardly any connections.
    case tooFewDescriptors(limit: Int, needed: Int)
    /// The certificate or its key can't be used.
    case certificate(String, reason: String)
    /// The file of readers can't be used.
    case readers(String, reason: String)

    /// One line: the subject, what was expected, what was found, and what to do.
    public var description: String {
        switch self {
        case .directoryMissing(let path):
            "\(path): expected a repository directory, found nothing there; check the path, or publish a first image into it"
        case .notADirectory(let path):
            "\(path): expected a repository directory, found something else; name the directory that holds the images"
        case .directoryUnreadable(let path, let reason):
            "\(path): cannot open the repository directory: \(reason); run as a user who may read it"
        case .hostUnknown(let host):
            "host \(host): expected an address or a name of this machine, found no address for it; try 127.0.0.1, or 0.0.0.0 for all"
        case .addressNotHere(let host):
            "host \(host): expected an address of this machine, found that no interface has it; try 127.0.0.1, or 0.0.0.0 for all"
        case .portInUse(let host, let port):
            "\(host) port \(port): expected a free port, found another program listening; stop it, or take another port"
        case .portNotPermitted(let host, let port):
            "\(host) port \(port): not permitted to listen there; take a port from 1024 up, or let the service manager grant CAP_NET_BIND_SERVICE"
        case .cannotListen(let host, let port, let reason):
            "\(host) port \(port): cannot listen: \(reason); try another host or port"
        case .cannotUseSocket(let socket, let reason):
            "\(socket): cannot listen: \(reason); is its directory there, and may this user write in it?"
        case .socketInUse(let path):
            "unix:\(path): expected nobody listening there, found another program; stop it, or take another path"
        case .notASocket(let path):
            "unix:\(path): expected nothing there, or the socket of a server that has ended, found another kind of file; remove it, or take another path"
        case .notListening(let descriptor):
            "descriptor \(descriptor): expected a stream socket that listens, from the service manager, found none; its unit needs ListenStream=, and Accept=no"
        case .tooFewDescriptors(let limit, let needed):
            "limit of open files: expected at least \(needed), found \(limit); raise it, with LimitNOFILE= in the unit or `ulimit -n`"
        case .certificate(let path, let reason): "\(path): \(reason)"
        case .readers(let path, let reason): "\(path): cannot be used to tell readers: \(reason)"
        }
    }

    static func opening(_ path: String, _ error: any Error) -> ServerError {
        switch (error as? SystemError)?.code {
        case .noSuchFileOrDirectory: .directoryMissing(path)
        case .notDirectory: .notADirectory(path)
        case let code?: .directoryUnreadable(path, reason: "\(code)")
        case nil: .directoryUnreadable(path, reason: "\(error)")
        }
    }

    /// Nil for an error that is not from listening at an address.
    static func listening(_ address: ListenAddress, _ error: any Error) -> ServerError? {
        if let error = error as? ServerError { return error }
        guard case .network(let host, let port) = address else {
            let reason = (error as? IOError).map { "\(Errno(rawValue: $0.errnoCode))" } ?? "\(error)"
            return .cannotUseSocket("\(address)", reason: reason)
        }
        if error is SocketAddressError || error is SocketAddressError.UnknownHost { return .hostUnknown(host) }
        guard let error = error as? IOError else { return nil }
        return switch error.errnoCode {
        case EADDRINUSE: .portInUse(host: host, port: port)
        case EADDRNOTAVAIL: .addressNotHere(host: host)
        case EACCES, EPERM: .portNotPermitted(host: host, port: port)
        default: .cannotListen(host: host, port: port, reason: "\(Errno(rawValue: error.errnoCode))")
        }
    }
}
