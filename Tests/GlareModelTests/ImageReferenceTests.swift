import GlareModel
import Testing

@Suite("NAME, NAME@VERSION, NAME@-1")
struct ImageReferenceTests {
    private let ids = ["aa00", "aabb", "cc00"].compactMap { VersionID($0 + String(repeating: "0", count: 28)) }

    private func resolve(_ text: String, current: Int? = 0) throws -> VersionID {
        try ImageReference(text).resolve(among: ids, current: current.map { ids[$0] })
    }

    @Test func aNameAloneIsItsCurrentVersion() throws {
        #expect(try resolve("disk", current: 1) == ids[1])
        #expect(throws: InvalidReference.noSuchVersion("disk")) { try resolve("disk", current: nil) }
    }

    @Test func theFirstDigitsNameAVersion() throws {
        #expect(try resolve("disk@c") == ids[2])
        #expect(try resolve("disk@aab") == ids[1])
        #expect(try resolve("disk@\(ids[0])") == ids[0])
        #expect(throws: InvalidReference.ambiguous("disk@aa", Array(ids[..<2]))) { try resolve("disk@aa") }
        #expect(throws: InvalidReference.noSuchVersion("disk@dd")) { try resolve("disk@dd") }
    }

    @Test func aNumberCountsBackFromTheCurrent() throws {
        #expect(try resolve("disk@-1") == ids[1])
        #expect(try resolve("disk@-1", current: 1) == ids[2])
        #expect(throws: InvalidReference.noSuchVersion("disk@-3")) { try resolve("disk@-3") }
        #expect(throws: InvalidReference.noSuchVersion("disk@-1")) { try resolve("disk@-1", current: nil) }
    }

    @Test(arguments: [
        "disk@", "disk@-0", "disk@--1", "disk@-", "disk@XY", "disk@1@2", "disk@AA", "disk@-99999999999999999999",
    ])
    func othersNameNothing(_ text: String) {
        #expect(throws: InvalidReference.malformed(text)) { try ImageReference(text) }
    }

    @Test func theNameMustBeOne() {
        #expect(throws: InvalidName.self) { try ImageReference("../x@aa") }
        #expect(throws: InvalidName.self) { try ImageReference("@aa") }
    }

    @Test func whatWasMistypedIsAskedFor() throws {
        let reference = try ImageReference("disk@aac0")
        let error = try #require(throws: InvalidReference.self) { try reference.resolve(among: ids, current: ids[0]) }
        #expect(error == .noSuchVersion("disk@aac0", near: "disk@aa00"))
        #expect("\(error)".contains("did you mean disk@aa00? "))
    }

    @Test func theVersionsThatBeginSoAreListed() throws {
        let error = try #require(throws: InvalidReference.self) { try resolve("disk@a") }
        #expect("\(error)" == "disk@a: 2 versions begin so: aa0000000000, aabb00000000; give more digits")
    }

    @Test func anImageIsFoundByItsName() throws {
        let names = try ["debian-12", "ubuntu"].map { try ImageName($0) }
        #expect(try ImageReference("ubuntu@-1").image(among: names) { $0 } == names[1])
        #expect(throws: InvalidReference.noSuchImage("debian-21", near: "debian-12")) {
            try ImageReference("debian-21").image(among: names) { $0 }
        }
        #expect(throws: InvalidReference.noSuchImage("fedora", near: nil)) {
            try ImageReference("fedora").image(among: names) { $0 }
        }
    }
}
