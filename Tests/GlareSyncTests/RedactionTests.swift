import GlareSync
import Testing

@Suite("Addresses as they may be shown")
struct RedactionTests {
    @Test(
        "a password is never shown",
        arguments: [
            ("http://h/x", "http://h/x"), ("https://u:p@h/x", "https://u:***@h/x"), ("https://u@h/x", "https://u@h/x"),
            ("https://u:p@ss@h:81/x", "https://u:***@h:81/x"), ("https://u:@h", "https://u:***@h"),
            ("u:p@h/x", "u:***@h/x"), ("http://h/x@y", "http://h/x@y"), ("http://[::1]/", "http://[::1]/"), ("", ""),
        ])
    func passwords(address: String, shown: String) {
        #expect(redacted(address) == shown)
    }
}
