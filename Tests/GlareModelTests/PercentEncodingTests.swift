import Foundation
import Testing

@testable import GlareModel

@Suite("Paths in addresses")
struct PercentEncodingTests {
    @Test(
        "all but letters, digits, '.', '_', '-' and slashes",
        arguments: [
            ("", ""), ("debian-12", "debian-12"), ("archive/a_b.c-d", "archive/a_b.c-d"), ("a+b", "a%2Bb"),
            ("a b", "a%20b"),
            ("a%2Fb", "a%252Fb"), ("a~b", "a%7Eb"), ("?a=b&c#d", "%3Fa%3Db%26c%23d"), ("é", "%C3%A9"),
            ("😀", "%F0%9F%98%80"),
            ("a\n\0\u{7F}", "a%0A%00%7F"), ("\\", "%5C"),
        ])
    func table(path: String, encoded: String) {
        #expect(RepositoryLayout.percentEncoded(path) == encoded)
    }

    @Test("every character is read back by others as it was")
    func roundTrip() {
        let all = String(String.UnicodeScalarView((0...0x250).compactMap { Unicode.Scalar($0) }))
        #expect(RepositoryLayout.percentEncoded(all).removingPercentEncoding == all)
    }
}
