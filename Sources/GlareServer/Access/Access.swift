/// What is read at the start, and again on demand: the certificate and the readers.
struct Access: Sendable {
    /// Nil for connections that are not encrypted.
    let certificate: ServerCertificate?
    /// Nil where everybody may read.
    let readers: Readers?

    func guarded(_ responder: any Responder) -> any Responder {
        readers.map { GuardedResponder(readers: $0, inner: responder) } ?? responder
    }

    /// Answers what could not be read; there the old holds on.
    func reload() -> [any Error] {
        var errors: [any Error] = []
        for reload in [certificate?.reload, readers?.reload] {
            do { try reload?() } catch { errors.append(error) }
        }
        return errors
    }
}
