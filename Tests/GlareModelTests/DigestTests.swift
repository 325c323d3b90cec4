import Testing

@testable import GlareModel

@Suite("Digests as text")
struct DigestTests {
    static let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    static let md5 = "900150983cd24fb0d6963f7d28e17f72"

    @Test("the algorithm's number of lowercase hexadecimal digits")
    func good() {
        #expect(SHA256Digest(hex: Self.sha256)?.hex == Self.sha256)
        #expect(MD5Digest(hex: Self.md5)?.hex == Self.md5)
    }

    @Test(
        "anything else is no SHA-256",
        arguments: [
            "", md5, "\(sha256.dropLast())", "\(sha256)0", sha256.uppercased(), "g\(sha256.dropFirst())",
            " \(sha256.dropFirst())", "\(sha256.dropLast())\n", "0x\(sha256.dropFirst(2))", "\(sha256.dropLast(2))é",
        ] as [String])
    func bad(text: String) {
        #expect(SHA256Digest(hex: text) == nil)
    }

    @Test("bytes are written with their leading zeros")
    func bytes() {
        #expect(MD5Digest(bytes: 0..<16).hex == "000102030405060708090a0b0c0d0e0f")
        #expect(MD5Digest(bytes: [UInt8](repeating: 0xFF, count: 16)).hex == String(repeating: "f", count: 32))
    }

    @Test("in JSON a digest is a string, read back as it was")
    func coding() throws {
        let digests = ContentDigests(
            sha256: try #require(SHA256Digest(hex: Self.sha256)), md5: MD5Digest(hex: Self.md5))
        let bytes = try Document.encode(digests)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                {
                  "md5" : "\(Self.md5)",
                  "sha256" : "\(Self.sha256)"
                }

                """)
        #expect(try Document.decode(ContentDigests.self, from: bytes, subject: "state") == digests)
    }

    @Test(
        "what is no digest is told with the name of its field",
        arguments: ["\"\(md5)\"", "\"\(sha256.uppercased())\"", "\"\"", "0", "null", "[]", "\"\\u0000\""] as [String])
    func badCoding(json: String) {
        let bytes = Array("{\"sha256\": \(json)}".utf8)
        let error = #expect(throws: InvalidDocument.self) {
            try Document.decode(ContentDigests.self, from: bytes, subject: "state.json")
        }
        #expect(error?.document == "state.json")
        #expect(error?.reason.hasSuffix(" in sha256") == true)
    }
}
