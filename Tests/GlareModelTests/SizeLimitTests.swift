import Foundation
import Testing

@testable import GlareModel

@Suite("Sizes that no file can have")
struct SizeLimitTests {
    private static let sizes: [Int64] = [0, -1, 1 << 46 + 1, .max]

    @Test("are refused in a catalogue", arguments: sizes)
    func catalogue(size: Int64) throws {
        let row = try Samples.row("debian-12")
        let wrong = Catalogue.Image(
            name: row.name, current: row.current, size: size, sha256: row.sha256, record: row.record)
        let catalogue = Catalogue(
            repository: "0123456789abcdef0123456789abcdef", serial: 1, created: Samples.created, images: [wrong])
        #expect(throws: InvalidDocument.self) {
            try Catalogue(json: Document.encode(catalogue), subject: "the catalogue")
        }
    }

    @Test("are refused in a record: of the version, of its frames, of a delta", arguments: sizes)
    func record(size: Int64) throws {
        let good = ContentReference(sha256: SHA256Digest(of: []), size: 1000)
        let wrong = ContentReference(sha256: SHA256Digest(of: []), size: size)
        func delta(_ content: ContentReference, _ head: ContentReference) -> DeltaReference {
            DeltaReference(base: SHA256Digest(of: [1]), content: content, head: head)
        }
        let transfers = [
            (good, nil, [delta(good, good)], true), (wrong, nil, [], false), (good, wrong, [], false),
            (good, good, [delta(wrong, good)], false), (good, good, [delta(good, wrong)], false),
        ].map { (ImageRecord.Version.Transfer(manifest: $0.0, frames: $0.1, deltas: $0.2), $0.3) }
        for (transfer, isFine) in transfers {
            let version = Samples.version("one", transfer: transfer)
            let record = ImageRecord(name: try ImageName("disk"), current: version.id, versions: [version])
            let bytes = try Document.encode(record)
            let read = { try ImageRecord(json: bytes, of: Samples.row(record, storedAs: bytes), subject: "record") }
            if isFine {
                #expect(throws: Never.self, performing: read)
            } else {
                #expect(throws: InvalidDocument.self, performing: read)
            }
        }
    }
}
