import GlareTestSupport
import Testing

@testable import GlareModel

/// Whatever a server sends in the place of a document, the answer is a value that can be written and
/// read again, or an ``InvalidDocument``: never a crash, and no other error.
@Suite("Documents from a hostile server")
struct HostileDocumentTests {
    enum Kind: CaseIterable { case catalogue, record }

    @Test("cut off anywhere", arguments: Kind.allCases)
    func truncated(kind: Kind) throws {
        let whole = try bytes(of: kind)
        // Without its newline it is still whole.
        for length in 0..<whole.count - 1 {
            #expect(try !isAccepted(Array(whole[..<length]), as: kind), "\(length) bytes")
        }
        #expect(try isAccepted(whole, as: kind))
    }

    @Test("damaged in a few places, 5,000 times", arguments: Kind.allCases)
    func mutated(kind: Kind) throws {
        let whole = try bytes(of: kind)
        var noise = Noise(seed: 20_260_718)
        var accepted = 0
        for _ in 0..<5000 {
            if try isAccepted(mutate(whole, &noise), as: kind) { accepted += 1 }
        }
        #expect((1..<4000).contains(accepted), "so many were accepted: \(accepted)")
    }

    @Test("noise of all lengths", arguments: Kind.allCases)
    func noise(kind: Kind) throws {
        var noise = Noise(seed: 7)
        for length in stride(from: 8, to: 4096, by: 40) {
            #expect(try !isAccepted(noise.bytes(length), as: kind))
        }
    }

    @Test("brackets within brackets do not exhaust the stack", arguments: ["[", "{\"a\":", "{\"format\":["])
    func nesting(opening: String) throws {
        let deep = Array(String(repeating: opening, count: 200_000).utf8)
        for kind in Kind.allCases { #expect(try !isAccepted(deep, as: kind)) }
    }

    private func bytes(of kind: Kind) throws -> [UInt8] {
        switch kind {
        case .catalogue: try Document.encode(Samples.catalogue())
        case .record: try Document.encode(Samples.record("debian-12"))
        }
    }

    /// A record is read as one that the catalogue names; else only its digest would be looked at.
    private func isAccepted(_ bytes: [UInt8], as kind: Kind) throws -> Bool {
        do {
            switch kind {
            case .catalogue:
                let written = try Document.encode(Catalogue(json: bytes, subject: "x"))
                #expect(try Document.encode(Catalogue(json: written, subject: "x")) == written)
            case .record:
                let row = try Samples.row(Samples.record("debian-12"), storedAs: bytes)
                let written = try Document.encode(ImageRecord(json: bytes, of: row, subject: "x"))
                let readAgain = try Document.decode(ImageRecord.self, from: written, subject: "x")
                #expect(try Document.encode(readAgain) == written)
            }
            return true
        } catch is InvalidDocument {
            return false
        }
    }

    /// A bit, a byte, a stretch removed, a stretch said twice, or a word put where it does not belong.
    private func mutate(_ original: [UInt8], _ noise: inout Noise) -> [UInt8] {
        var bytes = original
        let words = [
            "9", "-", "e99", "null", "\"", "\\u0000", "\\ud800", "[", "}", ",", "\n", "\u{FEFF}", "1.5", "0000",
        ]
        for _ in 0..<Int.random(in: 1...3, using: &noise) {
            let start = Int.random(in: 0..<bytes.count, using: &noise)
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &noise))
            switch Int.random(in: 0..<6, using: &noise) {
            case 0: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &noise)
            case 1: bytes[start] = .random(in: .min ... .max, using: &noise)
            case 2: bytes.removeSubrange(start..<end)
            case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
            default: bytes.insert(contentsOf: (words.randomElement(using: &noise) ?? "").utf8, at: start)
            }
        }
        return bytes
    }
}
