import Foundation
import Testing

@testable import GlareModel

@Suite("The catalogue")
struct CatalogueTests {
    @Test("what is written is read back, to the byte")
    func roundTrip() throws {
        let catalogue = try Samples.catalogue()
        let bytes = try Document.encode(catalogue)
        let read = try Catalogue(json: bytes, subject: "images.json")
        #expect(read == catalogue)
        #expect(try Document.encode(read) == bytes)
    }

    @Test("a repository without images has a catalogue too")
    func empty() throws {
        let bytes = try Document.encode(Samples.catalogue([]))
        #expect(try Catalogue(json: bytes, subject: "images.json").images.isEmpty)
    }

    @Test("fields that this version does not know are passed over")
    func additions() throws {
        let bytes = try Document.encode(Samples.catalogue()).replacing(
            "\"serial\"", with: "\"colour\" : {\"a\" : [1]}, \"serial\"")
        #expect(try Catalogue(json: bytes, subject: "images.json") == Samples.catalogue())
    }

    @Test("another format is told as such, whatever else the file holds", arguments: [0, 2, 1000])
    func otherFormat(format: Int) {
        let bytes = Array("{\"format\": \(format), \"pictures\": {}}".utf8)
        let error = #expect(throws: InvalidDocument.self) { try Catalogue(json: bytes, subject: "images.json") }
        #expect(error?.reason == "has format \(format), this Glare reads format 1: a newer Glare is needed")
    }

    @Test("an image that is named twice is refused")
    func duplicate() throws {
        let bytes = try Document.encode(Samples.catalogue(["debian-12", "debian-12"]))
        let error = #expect(throws: InvalidDocument.self) { try Catalogue(json: bytes, subject: "images.json") }
        #expect(error?.reason == "names debian-12 twice")
    }

    @Test("an image of no size is refused", arguments: ["0", "-1", "-9223372036854775808"])
    func impossibleSize(size: String) throws {
        let bytes = try Document.encode(Samples.catalogue()).replacing(
            "\"size\" : 1073741824", with: "\"size\" : \(size)")
        #expect(throws: InvalidDocument.self) { try Catalogue(json: bytes, subject: "images.json") }
    }

    @Test(
        "a record has at least a byte and at most 16 MiB",
        arguments: [("0", false), ("-1", false), ("1", true), ("16777216", true), ("16777217", false)])
    func recordSize(size: String, isPossible: Bool) throws {
        let recordSize = try Samples.row("debian-12").record.size
        let bytes = try Document.encode(Samples.catalogue(["debian-12"]))
            .replacing("\"size\" : \(recordSize)\n", with: "\"size\" : \(size)\n")
        #expect(((try? Catalogue(json: bytes, subject: "images.json")) != nil) == isPossible)
    }

    @Test(
        "values that are not what they must be",
        arguments: [
            ("\"debian-12\"", "\"../debian-12\""), ("\"debian-12\"", "\"archive\""), ("\"debian-12\"", "12"),
            ("\"debian-12\"", "null"), ("\"serial\" : 1767323045", "\"serial\" : \"1767323045\""),
            ("\"serial\" : 1767323045", "\"serial\" : 1767323045.5"),
            ("\"serial\" : 1767323045", "\"serial\" : 9223372036854775808"),
            ("\"size\" : 1073741824", "\"size\" : 1e30"), ("\"size\" : 1073741824", "\"size\" : true"),
            ("2026-01-02T03:04:05Z", "yesterday"), ("\"format\" : 1", "\"format\" : \"1\""),
            ("\"images\"", "\"pictures\""),
        ])
    func wrongValues(old: String, new: String) throws {
        let bytes = try Document.encode(Samples.catalogue()).replacing(old, with: new)
        let error = #expect(throws: InvalidDocument.self) { try Catalogue(json: bytes, subject: "images.json") }
        #expect(error?.document == "images.json")
    }

    @Test("two catalogues of the same images say the same, whenever they were written")
    func sameContent() throws {
        let first = try Samples.catalogue()
        let later = Catalogue(
            repository: first.repository, serial: first.serial + 1, created: Date(), images: first.images)
        let elsewhere = Catalogue(
            repository: String(first.repository.reversed()), serial: first.serial, created: first.created,
            images: first.images)
        let smaller = Catalogue(
            repository: first.repository, serial: first.serial, created: first.created, images: first.images.dropLast())
        #expect(first.hasSameContent(as: later))
        #expect(!first.hasSameContent(as: elsewhere))
        #expect(!first.hasSameContent(as: smaller))
    }

    @Test("a reference names a document by its digest")
    func reference() {
        let reference = Catalogue.Reference(to: Array("abc".utf8))
        #expect(reference.size == 3)
        #expect(reference.path == "catalogue/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.json")
    }
}
