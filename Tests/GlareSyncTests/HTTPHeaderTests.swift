import Testing

@testable import GlareSync

@Suite("Headers of the user's")
struct HTTPHeaderTests {
    @Test(
        arguments: [
            ("X-Token: 1234", "X-Token", "1234"), ("X-Token:1234", "X-Token", "1234"), ("A:\t b: c \t", "A", "b: c"),
            ("A:", "A", ""), ("x.y_z~!: ü", "x.y_z~!", "ü"),
        ])
    func good(_ text: String, name: String, value: String) throws {
        let header = try HTTPHeader(parsing: text)
        #expect(header.name == name && header.value == value)
    }

    @Test(
        arguments: [
            "", "X-Token", ":", ": s3cret", "X Token: s3cret", "X-Tökén: s3cret", " X: s3cret", "X : s3cret",
            "X: s3cret\r\nY: 1", "X: s3cret\nY", "X: s3cret\u{0}", "X: s3cret\u{7F}", "host: s3cret",
            "Content-Length: s3cret", "If-Range: s3cret",
        ])
    func badOnesAreRefusedWithoutTheirValue(_ text: String) {
        let error = #expect(throws: InvalidHTTPOption.self) { try HTTPHeader(parsing: text) }
        #expect(error?.description.contains("s3cret") == false)
        #expect(error?.isUsage == true)
    }

    @Test func aFileHasOneALine() throws {
        let headers = try HTTPHeader.parse(file: "# mine\n\nA: 1\r\n  B: 2\n")
        #expect(headers.map(\.name) == ["A", "B"] && headers.map(\.value) == ["1", "2"])
        #expect(throws: InvalidHTTPOption.self) { try HTTPHeader.parse(file: "A: 1\nnonsense\n") }
    }
}

@Suite("Addresses of servers")
struct ServerAddressTests {
    @Test(
        arguments: [
            ("http://h/", "http://h", nil), ("http://h/vm//", "http://h/vm", nil),
            ("http://me:p%40ss@h:81/x", "http://h:81/x", Credentials(user: "me", password: "p@ss")),
            ("http://me@h", "http://h", Credentials(user: "me", password: "")),
            ("http://me:a:b@h", "http://h", Credentials(user: "me", password: "a:b")),
            ("http://m%65:%zz%4@h", "http://h", Credentials(user: "me", password: "%zz%4")),
            ("file:///srv/a@b/", "file:///srv/a@b", nil), ("file:///", "file://", nil),
        ] as [(String, String, Credentials?)])
    func secretsAreApart(_ text: String, shown: String, credentials: Credentials?) {
        let address = ServerAddress(text)
        #expect(address.text == shown)
        #expect(address.credentials == credentials)
    }

    @Test func originsAreEqualWhereASecretMayGoAlong() {
        #expect(Origin("http://h/x") == Origin("HTTP://H:80/y"))
        #expect(Origin("https://h") == Origin("https://h:443/"))
        #expect(Origin("http://h") != Origin("https://h"))
        #expect(Origin("http://h") != Origin("http://h:8080"))
        #expect(Origin("http://h") != Origin("http://h.evil"))
        #expect(Origin("http://[::1]:80/")?.host == "::1")
        #expect(Origin("ftp://h") == nil && Origin("nonsense") == nil && Origin("http://") == nil)
    }
}

@Suite("A rate that is limited: arithmetic")
struct RateLimitTests {
    @Test func eachWaitsForTheOneBefore() {
        let limit = RateLimit(bytesPerSecond: 1000)
        let now = ContinuousClock.now + .seconds(10)
        // A quarter of a second was saved up.
        #expect(limit.reserve(1000, at: now) == now + .milliseconds(750))
        #expect(limit.reserve(500, at: now) == now + .milliseconds(1250))
        #expect(limit.reserve(500, at: now + .seconds(1)) == now + .milliseconds(1750))
        // What is saved up does not grow.
        #expect(limit.reserve(0, at: now + .seconds(60)) == now + .milliseconds(59_750))
    }
}
