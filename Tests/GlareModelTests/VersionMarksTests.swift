import Foundation
import Testing

@testable import GlareModel

@Suite("What a publisher says of versions, in its documents")
struct VersionMarksTests {
    private static let withdrawal = Withdrawal(since: Samples.created, reason: "bad")

    private func catalogue(suspending isSuspended: Bool) throws -> Catalogue {
        let rows = try ["one", "two"].map { try Samples.row($0) }
        return Catalogue(
            repository: "0123456789abcdef0123456789abcdef", serial: 1, created: Samples.created,
            images: isSuspended ? [rows[0]] : rows, suspended: isSuspended ? [rows[1]] : [],
            withdrawn: isSuspended
                ? [.init(name: rows[1].name, id: rows[1].current, sha256: rows[1].sha256, withdrawal: Self.withdrawal)]
                : [])
    }

    @Test func aCatalogueWithoutAnyIsWhatItAlwaysWas() throws {
        let bytes = try Document.encode(catalogue(suspending: false))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("suspended") && !text.contains("withdrawn") && !text.contains("properties"))
        #expect(try Catalogue(json: bytes, subject: "x") == catalogue(suspending: false))
    }

    @Test func whatIsSuspendedIsNotOfferedAndStillKnown() throws {
        let read = try Catalogue(json: Document.encode(catalogue(suspending: true)), subject: "x")
        #expect(try read == catalogue(suspending: true))
        #expect(read.images.map(\.name.text) == ["one"] && read.rows.map(\.name.text) == ["one", "two"])
        #expect(read.withdrawal(of: read.rows[1].version, read.rows[1].sha256) == Self.withdrawal)
        #expect(read.withdrawal(of: read.rows[0].version, read.rows[0].sha256) == nil)
        #expect(try !read.hasSameContent(as: catalogue(suspending: false)))
    }

    @Test func anImageCantBeBothOfferedAndSuspended() throws {
        let row = try Samples.row("one")
        let both = Catalogue(
            repository: "0123456789abcdef0123456789abcdef", serial: 1, created: Samples.created, images: [row],
            suspended: [row])
        #expect(throws: InvalidDocument.self) { try Catalogue(json: Document.encode(both), subject: "x") }
    }

    @Test func aRecordMustHaveThePropertiesOfItsRow() throws {
        let record = try Samples.record("disk")
        let bytes = try Document.encode(record)
        let row = try Samples.row(record, storedAs: bytes)
        var properties = ImageProperties()
        try properties.apply([PropertyAssignment("arch=x86_64")])
        let other = Catalogue.Image(
            name: row.name, current: row.current, size: row.size, sha256: row.sha256, record: row.record,
            properties: properties)
        #expect(throws: InvalidDocument.self) { try ImageRecord(json: bytes, of: other, subject: "x") }
    }

    @Test(arguments: ["{\"Arch\":\"x\"}", "{\"a\":\"\"}", "{\"a\":\"\\u001b[2J\"}", "{\"a\":1}", "[]"])
    func propertiesThatCantBeAnyAreRefused(_ json: String) {
        #expect(throws: InvalidDocument.self) {
            try Document.decode(ImageProperties.self, from: Array(json.utf8), subject: "x")
        }
    }
}
