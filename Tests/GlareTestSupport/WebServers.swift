import Foundation

/// A web server that serves one directory on loopback, on a port of its own, while the object lives.
public protocol WebServer: AnyObject, Sendable {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    var address: String { get }
    /// One line a request, in the Combined Log Format.
    var accessLog: [String] { get }
}

/// A port that was free a moment ago.
public func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    guard bound else { throw ToolMissing(description: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}

public final class Nginx: WebServer {
    public let address: String
    private let scratch: Scratch
    private let process: RunningProcess

    /// - Parameters:
    ///   - host: To listen on; an IPv6 address in brackets.
    ///   - options: What follows the port in `listen`: `ssl`.
    ///   - directives: Of the server, such as `auth_basic "images";`.
    public init(
        serving root: String, host: String = "127.0.0.1", options: String = "", directives: String = ""
    ) throws {
        let port = try freePort()
        scratch = try Scratch()
        address = "\(options.contains("ssl") ? "https" : "http")://\(host):\(port)"
        // As root, workers would give up root and could not read a scratch directory that is closed.
        try scratch.file(
            "nginx.conf",
            """
            \(Machine.isRoot ? "user root;" : "")
            daemon off; worker_processes 1; pid \(scratch.path("nginx.pid")); error_log \(scratch.path("error.log"));
            events { worker_connections 256; }
            http {
              access_log \(scratch.path("access.log")); sendfile on;
              client_body_temp_path \(scratch.path("body")); proxy_temp_path \(scratch.path("proxy"));
              fastcgi_temp_path \(scratch.path("fastcgi")); uwsgi_temp_path \(scratch.path("uwsgi"));
              scgi_temp_path \(scratch.path("scgi"));
              server {
                listen \(host):\(port) \(options); root \(root); \(directives)
                location /.glare/ { deny all; }
              }
            }
            """)
        process = try RunningProcess("nginx", ["-c", scratch.path("nginx.conf"), "-p", scratch.url.path])
        try waitForAnswer(at: address, of: process, log: scratch.path("error.log"))
    }

    deinit { stop(process) }

    /// Ends it before the test does.
    public func end() { stop(process) }

    public var accessLog: [String] { lines(of: scratch.path("access.log")) }
}

public final class Apache: WebServer {
    public let address: String
    private let scratch: Scratch
    private let process: RunningProcess

    public init(serving root: String) throws {
        let port = try freePort()
        scratch = try Scratch()
        address = "http://127.0.0.1:\(port)"
        chmod(scratch.url.path, 0o755)
        let modules = ["mpm_event", "authz_core", "dir", "mime"].map {
            "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so"
        }.joined(separator: "\n")
        try scratch.file("mime.types", "text/plain txt\n")
        try scratch.file(
            "httpd.conf",
            """
            ServerRoot \(scratch.url.path)
            \(modules)
            ServerName localhost
            Listen 127.0.0.1:\(port)
            \(Machine.isRoot ? "User www-data\nGroup www-data" : "")
            PidFile \(scratch.path("httpd.pid"))
            DefaultRuntimeDir \(scratch.url.path)
            ErrorLog \(scratch.path("error.log"))
            LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
            CustomLog \(scratch.path("access.log")) common
            TypesConfig \(scratch.path("mime.types"))
            DocumentRoot \(root)
            <Directory \(root)>
              Options FollowSymLinks
              Require all granted
            </Directory>
            <LocationMatch "^/\\.glare(/|$)">
              Require all denied
            </LocationMatch>
            """)
        process = try RunningProcess(
            "apache2", ["-d", scratch.url.path, "-f", scratch.path("httpd.conf"), "-D", "FOREGROUND"])
        try waitForAnswer(at: address, of: process, log: scratch.path("error.log"))
    }

    deinit { stop(process) }

    public var accessLog: [String] { lines(of: scratch.path("access.log")) }
}

/// `glare serve`.
public final class GlareServer: WebServer {
    public let address: String
    private let process: RunningProcess

    public init(serving root: String) throws {
        process = try RunningProcess(
            GlareBinary.path, ["serve", "-d", root, "--port", "0"], environment: GlareBinary.environment())
        let started = process
        guard started.waits(until: { started.stderr.contains("http://") }),
            let line = started.stderr.split(separator: "\n").first(where: { $0.contains("http://") }),
            let start = line.range(of: "http://")
        else { throw ToolMissing(description: "glare serve did not start: \(started.stderr)") }
        var address = String(line[start.lowerBound...])
        while address.hasSuffix("/") { address.removeLast() }
        self.address = address
    }

    deinit { stop(process) }

    /// Stops it as an operator would; its exit code.
    public func terminate() -> Int32 {
        process.signal(SIGTERM)
        return process.wait()
    }

    public var accessLog: [String] { process.stdout.split(separator: "\n").map(String.init) }
}

/// Ends a server as its operator would, or, if it does not listen, at once.
public func stop(_ process: RunningProcess) {
    process.signal(SIGTERM)
    if !process.waits(until: { !process.isRunning }, seconds: 5) { process.signal(SIGKILL) }
    process.wait()
}

private func lines(of path: String) -> [String] {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
}

private func waitForAnswer(at address: String, of process: RunningProcess, log: String) throws {
    let isUp = process.waits(until: {
        (try? run("curl", ["-gsk", "--noproxy", "*", "-o", "/dev/null", address + "/"]).status) == 0
    })
    guard isUp else {
        throw ToolMissing(description: "the web server did not start: \(process.stderr) \(lines(of: log))")
    }
}
