import GlareTestSupport
import Testing

@testable import GlareModel

@Suite("Digesting a content")
struct ContentHasherTests {
    @Test(
        "the standards' own examples: FIPS 180-4 and RFC 1321",
        arguments: [
            (
                "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "d41d8cd98f00b204e9800998ecf8427e"
            ),
            (
                "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "900150983cd24fb0d6963f7d28e17f72"
            ),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
                "8215ef0796a20bcaaae116d3876c664a"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
                "7707d6ae4e027c70eea2a935c2296f21"
            ),
        ])
    func knownVectors(text: String, sha256: String, md5: String) {
        let digests = digest([.bytes(Array(text.utf8))], withMD5: true)
        #expect(digests.sha256.hex == sha256)
        #expect(digests.md5?.hex == md5)
        #expect(SHA256Digest(of: Array(text.utf8)).hex == sha256)
    }

    @Test("the MD5 is there only where it was asked for")
    func md5OnRequest() {
        #expect(digest([.bytes([1, 2, 3])], withMD5: false).md5 == nil)
    }

    @Test(
        "zeros that are counted are the zeros that are read",
        arguments: [0, 1, 63, 64, 65, 4096, 65_535, 65_536, 65_537, 200_000])
    func zeros(count: Int) {
        let read = digest([.bytes([7]), .bytes([UInt8](repeating: 0, count: count)), .bytes([9])], withMD5: true)
        let counted = digest([.bytes([7]), .zeros(Int64(count)), .bytes([9])], withMD5: true)
        #expect(read == counted)
    }

    @Test("where a content is cut into pieces makes no difference")
    func pieces() {
        var noise = Noise(seed: 4)
        let content = noise.bytes(100_000)
        let whole = digest([.bytes(content)], withMD5: true)
        for _ in 0..<20 {
            let cut = Int.random(in: 0...content.count, using: &noise)
            let halves = [Part.bytes(Array(content[..<cut])), .bytes([]), .bytes(Array(content[cut...]))]
            #expect(digest(halves, withMD5: true) == whole, "cut at \(cut)")
        }
    }

    @Test("asking for the digests does not end the content")
    func intermediate() {
        var hasher = ContentHasher()
        [UInt8]("a".utf8).withUnsafeBytes { hasher.update($0) }
        #expect(hasher.finalize().sha256 == SHA256Digest(of: Array("a".utf8)))
        [UInt8]("bc".utf8).withUnsafeBytes { hasher.update($0) }
        #expect(hasher.finalize().sha256 == SHA256Digest(of: Array("abc".utf8)))
    }

    private enum Part {
        case bytes([UInt8])
        case zeros(Int64)
    }

    private func digest(_ parts: [Part], withMD5: Bool) -> ContentDigests {
        var hasher = ContentHasher(withMD5: withMD5)
        for part in parts {
            switch part {
            case .bytes(let bytes): bytes.withUnsafeBytes { hasher.update($0) }
            case .zeros(let count): hasher.updateZeros(count)
            }
        }
        return hasher.finalize()
    }
}
