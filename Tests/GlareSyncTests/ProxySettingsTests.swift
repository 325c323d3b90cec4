import Testing

@testable import GlareSync

@Suite("Proxies: what the environment says")
struct ProxySettingsTests {
    private func proxy(_ environment: [String: String], for address: String = "http://images.example.net/vm") throws
        -> Proxy?
    {
        try ProxySettings(environment: environment).proxy(for: #require(Origin(address)))
    }

    @Test func eachSchemeHasItsOwn() throws {
        let both = ["http_proxy": "http://a:1", "https_proxy": "http://b:2"]
        #expect(try proxy(both)?.host == "a")
        #expect(try proxy(both, for: "https://h")?.host == "b")
        #expect(try proxy(["http_proxy": "http://a:1"], for: "https://h") == nil)
        #expect(try proxy(["ALL_PROXY": "http://a:1"], for: "https://h")?.host == "a")
    }

    @Test func lowerCaseWinsAndEmptyIsNone() throws {
        #expect(try proxy(["http_proxy": "http://a", "HTTP_PROXY": "http://b"])?.host == "a")
        #expect(try proxy(["http_proxy": "", "all_proxy": "http://b"]) == nil)
    }

    @Test func aHeaderOfACGIRequestSetsNone() throws {
        #expect(try proxy(["HTTP_PROXY": "http://evil", "REQUEST_METHOD": "GET"]) == nil)
        #expect(try proxy(["http_proxy": "http://good", "REQUEST_METHOD": "GET"])?.host == "good")
    }

    @Test(
        arguments: [
            ("proxy", "proxy", 80), ("proxy:3128", "proxy", 3128), ("http://proxy:3128/", "proxy", 3128),
            ("http://[::1]:8", "::1", 8), ("http://[::1]", "::1", 80), ("socks5://s", "s", 1080),
            ("socks5h://s:9", "s", 9),
        ])
    func placesOfProxies(_ text: String, host: String, port: Int) throws {
        let found = try #require(try proxy(["http_proxy": text]))
        #expect(found.host == host && found.port == port)
    }

    @Test func credentialsAreDecoded() throws {
        let found = try #require(try proxy(["http_proxy": "http://me:a%40b:c@proxy"]))
        #expect(found.credentials == Credentials(user: "me", password: "a@b:c"))
    }

    @Test(arguments: ["https://me:s3cret@p", "ftp://me:s3cret@p", "socks5://me:s3cret@p", "http://me:s3cret@"])
    func othersAreRefusedWithoutTheirPassword(_ text: String) {
        let error = #expect(throws: InvalidHTTPOption.self) { try proxy(["http_proxy": text]) }
        #expect(error?.description.hasPrefix("http_proxy=") == true)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test(
        arguments: [
            ("*", true), ("example.net", true), (".example.net", true), ("images.example.net", true),
            ("IMAGES.example.NET", true), ("ample.net", false), ("other.net,example.net", true),
            ("other.net example.net", true), ("example.net:80", true), ("example.net:81", false), ("", false),
            (",,", false), ("net", true), ("images.example.net.evil", false),
        ])
    func namesThatGoStraight(_ exceptions: String, isStraight: Bool) throws {
        #expect((try proxy(["http_proxy": "p", "no_proxy": exceptions]) == nil) == isStraight)
    }

    @Test(
        arguments: [
            ("10.1.2.3", "http://10.1.2.3/", true), ("10.0.0.0/8", "http://10.1.2.3/", true),
            ("10.0.0.0/8", "http://11.1.2.3/", false), ("10.1.2.128/25", "http://10.1.2.3/", false),
            ("0.0.0.0/0", "http://10.1.2.3/", true), ("10.1.2.3:8080", "http://10.1.2.3:8080/", true),
            ("10.1.2.3:8080", "http://10.1.2.3/", false), ("10.0.0.0/33", "http://10.1.2.3/", false),
            ("::1", "http://[::1]/", true), ("[::1]", "http://[::1]/", true), ("[::1]:80", "http://[::1]/", true),
            ("[::1]:81", "http://[::1]/", false), ("fd00::/8", "http://[fd12::1]/", true),
            ("fd00::/8", "http://[fe80::1]/", false), ("0.0.0.0/0", "http://[::1]/", false),
            ("10.0.0.0/8", "http://10.example.net/", false),
        ])
    func addressesThatGoStraight(_ exceptions: String, address: String, isStraight: Bool) throws {
        let found = try proxy(["http_proxy": "p", "no_proxy": exceptions], for: address)
        #expect((found == nil) == isStraight)
    }
}
