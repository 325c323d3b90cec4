import Testing

@testable import GlareModel

@Suite("An image's record")
struct ImageRecordTests {
    @Test("what is written is read back, to the byte")
    func roundTrip() throws {
        let record = try Samples.record("debian-12")
        let bytes = try Document.encode(record)
        let read = try ImageRecord(json: bytes, of: Samples.row("debian-12"), subject: "record")
        #expect(read == record)
        #expect(try Document.encode(read) == bytes)
        #expect(read.currentVersion == record.versions.first)
    }

    @Test("bytes that the catalogue did not name are refused before they are read")
    func otherBytes() throws {
        let row = try Samples.row("debian-12")
        let bytes = try Document.encode(Samples.record("debian-12"))
        for altered in [Array(bytes.dropLast()), bytes + [0x0A], try bytes.replacing("qcow2", with: "qcow3"), []] {
            let error = #expect(throws: InvalidDocument.self) {
                try ImageRecord(json: altered, of: row, subject: "record")
            }
            #expect(error?.reason.hasPrefix("is not the record that the catalogue names") == true)
        }
    }

    @Test("a record of another format is told as such", arguments: [0, 2])
    func otherFormat(format: Int) throws {
        let error = try refusal { try $0.replacing("\"format\" : 1", with: "\"format\" : \(format)") }
        #expect(error?.reason == "has format \(format), this Glare reads format 1: a newer Glare is needed")
    }

    @Test("a record of another format is told as such where its fields are others too")
    func otherFormatOtherFields() throws {
        let error = try refusal { _ in Array("{\"format\": 2, \"generations\": []}".utf8) }
        #expect(error?.reason == "has format 2, this Glare reads format 1: a newer Glare is needed")
    }

    @Test("a record that contradicts the catalogue's row is refused")
    func contradictions() throws {
        let current = Samples.version("new debian-12")
        let old = Samples.version("old debian-12")
        let alterations: [([UInt8]) throws -> [UInt8]] = [
            { try $0.replacing("\"name\" : \"debian-12\"", with: "\"name\" : \"debian-13\"") },
            { try $0.replacing("\"current\" : \"\(current.id)\"", with: "\"current\" : \"\(old.id)\"") },
            {
                try $0.replacing(
                    "\"id\" : \"\(current.id)\"", with: "\"id\" : \"\(String(repeating: "0", count: 32))\"")
            },
            { try $0.replacing(current.sha256.hex, with: old.sha256.hex) },
            { try $0.replacing("\"size\" : 1073741824", with: "\"size\" : 1073741825") },
        ]
        for (index, alteration) in alterations.enumerated() {
            let error = try refusal(alteration)
            #expect(error?.reason == "contradicts the catalogue's row of debian-12", "alteration \(index)")
        }
    }

    @Test(
        "impossible sizes are refused, of versions that are not current too",
        arguments: [
            ("\"size\" : 1,", "\"size\" : 0,"), ("\"size\" : 1,", "\"size\" : -1,"),
            ("\"virtual_size\" : 10737418240", "\"virtual_size\" : -1"),
            ("\"virtual_size\" : 10737418240", "\"virtual_size\" : 1e30"),
            ("\"data_size\" : 734003200", "\"data_size\" : -1"),
            ("\"data_size\" : 734003200", "\"data_size\" : 9223372036854775807"),
        ])
    func impossibleSizes(old: String, new: String) throws {
        let error = try refusal { try $0.replacing(old, with: new) }
        let isNumber = new.contains("-1") || new.contains("1e30")
        #expect(
            isNumber
                ? error?.reason.contains("a number that is not whole") == true
                : error?.reason == "gives a version an impossible size")
    }

    @Test("a version that is named twice is refused: one of the two would be a lie")
    func duplicateVersion() throws {
        let record = try Samples.record("debian-12")
        let twice = ImageRecord(
            name: record.name, current: record.current, versions: record.versions + [record.versions[1]])
        let bytes = try Document.encode(twice)
        #expect(throws: InvalidDocument.self) {
            try ImageRecord(json: bytes, of: Samples.row(twice, storedAs: bytes), subject: "record")
        }
    }

    @Test("data beyond the end of its file is an impossible size")
    func moreDataThanFile() throws {
        let error = try refusal { try $0.replacing("\"data_size\" : 734003200", with: "\"data_size\" : 1073741825") }
        #expect(error?.reason == "gives a version an impossible size")
    }

    /// What an altered record is refused with, by a catalogue that names the altered bytes.
    private func refusal(_ alter: ([UInt8]) throws -> [UInt8]) throws -> InvalidDocument? {
        let record = try Samples.record("debian-12")
        let altered = try alter(Document.encode(record))
        return #expect(throws: InvalidDocument.self) {
            try ImageRecord(json: altered, of: Samples.row(record, storedAs: altered), subject: "record")
        }
    }
}
