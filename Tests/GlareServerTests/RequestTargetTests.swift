import Testing

@testable import GlareServer

@Suite("Request targets: RFC 9112, 3.2.1, and RFC 3986, 2.1")
struct RequestTargetTests {
    @Test(
        "a path is its decoded components",
        arguments: [
            ("/images.txt", ["images.txt"]),
            ("/archive/debian-12-00", ["archive", "debian-12-00"]),
            ("/a/b/c", ["a", "b", "c"]),
            ("/c%2B%2b", ["c++"]),
            ("/c++", ["c++"]),
            ("/%69mages.txt", ["images.txt"]),
            ("/b%C3%A4r", ["bär"]),
            ("/a%20b", ["a b"]),
            ("/%252e%252e", ["%2e%2e"]),
            ("/a..b/c..", ["a..b", "c.."]),
            ("/a%5cb", ["a\\b"]),
            ("/", ["index.html"]),
            ("/?q=1", ["index.html"]),
            ("/images.txt?x=/../..", ["images.txt"]),
        ])
    func components(target: String, expected: [String]) {
        #expect(RequestTarget(target) == .file(expected))
    }

    @Test(
        "hidden names, directories and empty components are never served",
        arguments: [
            "/.glare/state.json", "/.glare", "/%2eglare/state.json", "/.", "/./images.txt", "/a/.b", "/.well-known/x",
            "/archive/", "//images.txt", "/a//b", "/images.txt/", "/...",
        ])
    func neverServed(target: String) {
        #expect(RequestTarget(target) == .neverServed)
    }

    @Test(
        "what no honest client sends is malformed",
        arguments: [
            "/..", "/../etc/passwd", "/a/../b", "/a/..", "/%2e%2e/x", "/.%2E/x", "/%2E./x", "/.glare/../x",
            "/a%2fb", "/a%2Fb", "/..%2f..%2fetc", "/%", "/%4", "/%zz", "/a%4gb", "/%+1", "/% 1",
            "/a%00b", "/a%0ab", "/a%0d", "/a%1b", "/a%7f", "/a%c2%85b", "/%ff", "/%c3", "/%c0%ae%c0%ae/", "/a#b",
            "", "*", "images.txt", "example.org:80", "?x",
        ])
    func malformed(target: String) {
        #expect(RequestTarget(target) == .malformed)
    }
}
