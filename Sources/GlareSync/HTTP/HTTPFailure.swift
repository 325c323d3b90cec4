import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import SystemPackage

/// Why no answer came, in words.
enum HTTPFailure {
    static func unreachable(_ address: String, _ error: any Error, through proxy: Proxy? = nil) -> SyncError {
        let way = proxy.map { " (through the proxy \($0.host) port \($0.port), which \($0.variable) names)" } ?? ""
        return SyncError.unreachable(address: address, reason: reason(error) + way)
    }

    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: reason(error)
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            "Connection refused; is the server running, and the port right?"
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
        case .proxyAuthenticationRequired:
            "it wants a name and a password in its address: http://user:password@host:port"
        default: error.shortDescription
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if let first = error.connectionErrors.first { return reason(first.error) }
        if let failure = error.dnsAError ?? error.dnsAAAAError {
            // EAI_AGAIN: it may be known in a moment.
            return "\(failure)".contains("error -3")
                ? "no name server answers just now; is the network up?" : "the host's name is not known; is it right?"
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
        case .handshakeFailed(let failure) where "\(failure)".contains("WRONG_VERSION_NUMBER"):
            "it does not speak TLS there; is it http://?"
        case .handshakeFailed(let failure): "no TLS connection: \(token(in: "\(failure)"))"
        case .uncleanShutdown: "the connection was cut off"
        default: "no TLS connection: \(error)"
        }
    }

    /// The reason alone: `error:100000f7:SSL routines:OPENSSL_internal:REASON at FILE:LINE`.
    private static func token(in failure: String) -> String {
        guard let start = failure.firstRange(of: "OPENSSL_internal:")?.upperBound else { return "the handshake failed" }
        return failure[start...].prefix { $0 == "_" || $0.isLetter || $0.isNumber }.replacing("_", with: " ")
            .lowercased()
    }

    private static let untrusted =
        "its certificate is out of date, or by an authority that is not trusted; --ca-file names one that is"
}
