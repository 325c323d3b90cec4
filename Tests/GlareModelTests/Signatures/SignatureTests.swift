import Foundation
import Testing

@testable import GlareModel

/// Keys and signatures that minisign 0.11 made.
private enum Minisign {
    static let publicKey = """
        untrusted comment: minisign public key 894A9C8D825B3AE9
        RWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9

        """
    static let secretKey = """
        untrusted comment: minisign encrypted secret key
        RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA6Tpbgo2cSom8Db+QbXSvdHnqUDcSJ6rlxrl2E7izmI3YWYCMkCGgDQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

        """
    static let content = Array("hi\n".utf8)
    static let prehashed = """
        untrusted comment: signature from minisign secret key
        RUTpOluCjZxKiWsKXaY6RBL876FcEAJhOKG6+cBRNjIn4IKeVu9iC5RJbX/Y/AUJ+gX0aGR/CVy74jW8gej/PgbuOtl2ALzJGAs=
        trusted comment: hello comment
        p9C0LcYzcDYnKiziyvM3uVCnsZVYXBktLq5teoAnNnknZX0zmFqC06+BIGrv2DHQB3+CSQMwd7e6Uv9LnvXjCA==

        """
    static let legacy = """
        untrusted comment: signature from minisign secret key
        RWTpOluCjZxKiWoRq6jGb34DF91yBxic04aNDaWo+QjvT8ZGekw+q7jIhm/dIun681gvQLk6Z6i0ihzHwq5jJ7TBwTVrjGsXYgQ=
        trusted comment: x
        oIkh29Td2yGslijJ0JeztOSZcgNdQb2OKj1A3vnW58XUgu1CMJsGF12L/7VAXnelknM1nG7CO0Qgw37ezKGLDw==

        """
}

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("Signatures in minisign's format")
struct SignatureTests {
    private let key: PublicKey
    init() throws { key = try PublicKey(file: bytes(Minisign.publicKey), subject: "a.pub") }

    @Test func aKeyIsReadFromItsFileAndFromItsLine() throws {
        #expect("\(key.id)" == "894A9C8D825B3AE9")
        #expect(key.fileText == Minisign.publicKey)
        #expect(PublicKey(line: "RWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9") == key)
        #expect(try PublicKey(file: bytes("\(key)"), subject: "") == key)
        #expect(try PublicKey(file: bytes(Minisign.publicKey.replacing("\n", with: "\r\n")), subject: "") == key)
    }

    @Test(arguments: [
        "", "RWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn",
        "RUTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9",
        "no key",
        "RWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9\nRWTpOluCjZxKiQzUiGzEwXRj5OPV8Q1MnXDQJoZiCcTLW8rrkzb8Tvn9",
    ])
    func whatIsNoKeyIsRefused(_ text: String) {
        #expect(throws: InvalidKey.self) { try PublicKey(file: bytes(text), subject: "x.pub") }
    }

    /// The last character of a line has bits that say nothing: written in another way it is a changed byte.
    @Test(arguments: [("XYgQ=", "XYgR="), ("GLDw==", "GLDx=="), ("GLDw==", "GLDw=")])
    func oneWrittenInAnotherWayIsNone(_ end: String, other: String) throws {
        _ = try Signature(file: bytes(Minisign.legacy), subject: "")
        let changed = Minisign.legacy.replacing(end, with: other)
        try #require(changed != Minisign.legacy)
        #expect(throws: InvalidKey.self) { try Signature(file: bytes(changed), subject: "") }
    }

    @Test(arguments: [(Minisign.prehashed, "hello comment"), (Minisign.legacy, "x")])
    func onesOfMinisignAreVerified(_ text: String, comment: String) throws {
        let signature = try Signature(file: bytes(text), subject: "f.minisig")
        #expect(signature.trustedComment == comment)
        #expect(signature.isCommentSigned(by: key))
        #expect(signature.isSigned(Minisign.content, by: key))
        #expect(!signature.isSigned(bytes("hi"), by: key))
        let stranger = SecretKey().publicKey
        #expect(!signature.isCommentSigned(by: stranger) && !signature.isSigned(Minisign.content, by: stranger))
    }

    /// Every bit but those of the untrusted comment.
    @Test(arguments: [Minisign.prehashed, Minisign.legacy])
    func noBitCanBeChanged(_ text: String) throws {
        let good = bytes(text)
        let start = try #require(good.firstIndex(of: 0x0A)) + 1
        var accepted: [Int] = []
        for bit in (start * 8)..<(good.count * 8) {
            var changed = good
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let signature = try? Signature(file: changed, subject: "") else { continue }
            if signature.isCommentSigned(by: key), signature.isSigned(Minisign.content, by: key),
                signature.fileBytes != (try Signature(file: good, subject: "")).fileBytes
            {
                accepted.append(bit)
            }
        }
        #expect(accepted.isEmpty, "\(accepted)")
    }

    @Test func aSecretKeyOfMinisignSigns() throws {
        let secret = try SecretKey(file: bytes(Minisign.secretKey), subject: "a.key")
        #expect(secret.publicKey == key)
        let signature = try secret.sign(bytes("content"), comment: "a comment")
        let read = try Signature(file: signature.fileBytes, subject: "")
        #expect(read.isCommentSigned(by: key) && read.isSigned(bytes("content"), by: key))
        #expect(read.trustedComment == "a comment")
    }

    @Test func aNewKeyIsReadAgain() throws {
        let secret = SecretKey()
        let again = try SecretKey(file: bytes(secret.fileText), subject: "")
        #expect(again.publicKey == secret.publicKey && again.fileText == secret.fileText)
        #expect(SecretKey().publicKey.id != secret.publicKey.id)
    }

    @Test func anEncryptedKeyIsTold() throws {
        var raw = try #require(KeyFile.decode(Minisign.secretKey.split(separator: "\n")[1], count: 158))
        raw.replaceSubrange(2..<4, with: bytes("Sc"))
        let error = #expect(throws: InvalidKey.self) {
            try SecretKey(file: bytes("untrusted comment: x\n\(KeyFile.encode(raw))\n"), subject: "x.key")
        }
        #expect(error?.description.contains("x.key: is encrypted with a password") == true)
    }

    @Test func halvesThatDoNotBelongTogetherAreNoKey() throws {
        var raw = try #require(KeyFile.decode(Minisign.secretKey.split(separator: "\n")[1], count: 158))
        raw[100] ^= 1
        #expect(throws: InvalidKey.self) {
            try SecretKey(file: bytes("untrusted comment: x\n\(KeyFile.encode(raw))\n"), subject: "")
        }
    }
}

@Suite("What a publisher says of a catalogue")
struct CatalogueStatementTests {
    private let statement: CatalogueStatement
    init() throws {
        let catalogue = Catalogue(
            repository: String(repeating: "0a", count: 16), serial: 1_767_323_045, created: Samples.created, images: [])
        statement = CatalogueStatement(
            of: catalogue, bytes: bytes("{}"), keyNumber: 2, created: Samples.created, lifetime: 90 * 86400)
    }

    @Test func isALineOfWords() {
        let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        #expect(
            statement.comment
                == "glare-catalogue-1 repository=\(String(repeating: "0a", count: 16)) serial=1767323045 key=2 created=2026-01-02T03:04:05Z expires=2026-04-02T03:04:05Z size=2 sha256=\(digest)"
        )
        #expect(CatalogueStatement(comment: statement.comment) == statement)
        // With the rest of a signature it is under 1 KiB, the cost of a poll.
        #expect(statement.comment.utf8.count < 400)
    }

    @Test func mayNeverExpire() throws {
        let comment = statement.comment.replacing("expires=2026-04-02T03:04:05Z", with: "expires=never")
        #expect(try #require(CatalogueStatement(comment: comment)).expires == nil)
    }

    @Test(arguments: [
        ("glare-catalogue-1", "glare-catalogue-2"), ("serial=1767323045", "serial=-1"),
        ("serial=1767323045", "serial=99999999999999999999"), ("serial=1767323045 ", ""), ("key=2", "key=0"),
        ("created=2026", "created=26"), ("03:04:05Z expires", "03:04:05+01:00 expires"),
        ("expires=2026-04-02T03:04:05Z", "expires="),
        ("size=2", "size=0"), ("size=2", "size=16777217"), ("size=2", "size=+2"), ("sha256=44", "sha256=4"),
        ("sha256=", "more=1 sha256="), ("repository=0a", "repository=0A"), (" key", "  key"), ("key=2", "key=2 "),
    ])
    func nothingElseIsOne(_ part: String, other: String) {
        let comment = statement.comment.replacing(part, with: other)
        #expect(comment != statement.comment)
        #expect(CatalogueStatement(comment: comment) == nil)
    }
}
