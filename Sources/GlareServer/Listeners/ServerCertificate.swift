import NIOCore
import NIOSSL
import Synchronization

/// The certificate that is shown to clients, as its files had it when they were last read.
final class ServerCertificate: Sendable {
    private let files: CertificateFiles
    private let current: Mutex<NIOSSLContext>

    /// - Throws: ``ServerError/certificate(_:reason:)``
    init(_ files: CertificateFiles) throws {
        self.files = files
        current = Mutex(try Self.read(files))
    }

    /// For a connection that begins now.
    var context: NIOSSLContext { current.withLock { $0 } }

    /// Reads the files again; connections that are there keep what they have.
    ///
    /// - Throws: ``ServerError/certificate(_:reason:)``, and then what was read before holds on.
    func reload() throws {
        let new = try Self.read(files)
        current.withLock { $0 = new }
    }

    private static func read(_ files: CertificateFiles) throws -> NIOSSLContext {
        let chain: [NIOSSLCertificateSource]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) }
        } catch {
            throw ServerError.certificate(
                files.certificate, reason: "expected certificates in PEM that can be read, found none (\(error))")
        }
        do {
            let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            // For a client that does not say goodbye; who is late or cut off is not asked.
            configuration.shutdownTimeout = .seconds(1)
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ServerError.certificate(
                files.key,
                reason: "expected the private key, in PEM, of the certificate in \(files.certificate) (\(error))")
        }
    }
}

/// Where a certificate is.
public struct CertificateFiles: Sendable {
    /// In PEM, followed by the authorities between it and one that clients know.
    public var certificate: String
    /// In PEM, without a password.
    public var key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
