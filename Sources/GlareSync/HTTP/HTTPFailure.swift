import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL
import SystemPackage

/// Why no answer came, in words.
enum HTTPFailure {
    static func unreachable(_ address: String, _ error: any Error) -> SyncError {
        SyncError.unreachable(address: address, reason: reason(error))
    }

    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: reason(error)
        case let error as IOError: "\(Errno(rawValue: error.errnoCode))"
        case let error as NIOConnectionError: reason(error)
        case let error as NIOSSLError: reason(error)
        case is NIOSSLExtraError: "its certificate is for another host name; is the address right?"
        default: "\(error)"
        }
    }

    private static func reason(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "no connection within 10 s; is the host up, and the port open?"
        case .readTimeout, .deadlineExceeded: "nothing came for 60 s"
        case .proxyAuthenticationRequired:
            "the proxy wants a name and a password: http_proxy=http://user:password@host:port"
        default: error.shortDescription
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if let first = error.connectionErrors.first { return reason(first.error) }
        if let failure = error.dnsAError ?? error.dnsAAAAError {
            return "the host's name is not known (\(failure)); is it right?"
        }
        return "\(error)"
    }

    /// BoringSSL's codes are nowhere but in the descriptions of its errors.
    private static func reason(_ error: NIOSSLError) -> String {
        switch error {
        case .unableToValidateCertificate: untrusted
        case .handshakeFailed(let failure) where "\(failure)".contains("CERTIFICATE_VERIFY_FAILED"): untrusted
        case .handshakeFailed(let failure) where "\(failure)".contains("CERTIFICATE_REQUIRED"):
            "the server wants a certificate from us: --client-cert names one"
        case .uncleanShutdown: "the connection was cut off"
        default: "no TLS connection: \(error)"
        }
    }

    private static let untrusted =
        "its certificate is out of date, or by an authority that is not trusted; --ca-file names one that is"
}
