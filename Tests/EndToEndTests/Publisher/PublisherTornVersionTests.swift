import Foundation
import GlareTestSupport
import Testing

/// Versions whose bytes are no longer the ones that their names say.
@Suite struct PublisherTornVersionTests {
    let fixture: PublisherFixture
    let old, current: PublisherFixture.Version

    init() throws {
        fixture = try PublisherFixture()
        old = try fixture.publish(seed: 1)
        current = try fixture.publish(seed: 2)
    }

    @Test func aRetainedOneIsToldAndListedNoMore() throws {
        try fixture.damage(old.path)
        let result = try fixture.rebuild()
        #expect(result.status == 0)
        #expect(result.stderr.contains("\(fixture.path(old.path)) is not listed"))
        #expect(try fixture.listed() == [current.id])
        #expect(try fixture.text("archive/SHA256SUMS").contains(old.id) == false)
        #expect(fixture.exists(old.path))
    }

    @Test func aCurrentOneTakesItsImageFromTheIndexAndTheStatusTells() throws {
        let other = try fixture.publish("other", seed: 3)
        try fixture.damage(current.path, cuttingTo: 100_000)
        let result = try fixture.rebuild()
        #expect(result.status == 65)
        #expect(result.stderr.contains("\(fixture.path(current.path)) is not listed"))
        #expect(result.stderr.contains("hosts can't get disk"))
        #expect(try fixture.text("images.txt") == "other\n")
        #expect(try fixture.catalogue().images.map(\.sha256) == [other.sha256])
    }

    @Test func aMissingCurrentOneAsWell() throws {
        try FileManager.default.removeItem(atPath: fixture.path(current.path))
        let result = try fixture.rebuild()
        #expect(result.status == 65)
        #expect(result.stderr.contains("hosts can't get disk"))
        #expect(try fixture.text("images.txt") == "")
    }

    @Test func aGoodImageMendsIt() throws {
        try fixture.damage(current.path)
        try #require(fixture.rebuild().status == 65)
        let new = try fixture.publish(seed: 4)
        #expect(try fixture.text("images.txt") == "disk\n")
        #expect(try fixture.listed() == [new.id, old.id])
        #expect(try fixture.rebuild().status == 0)
    }

    /// A disk that forgets changes bytes without touching the file's times.
    private func damageUnseen(_ version: PublisherFixture.Version) throws {
        let stamp = "%d:%i:%s:%.9Y:%.9Z"
        let known = try stampInState(of: version)
        try fixture.damage(version.path)
        let state = try fixture.text(".glare/state.json")
        let now = try mustRun("stat", ["--printf", stamp, fixture.path(version.path)]).split(separator: ":").map(
            Self.withoutLeadingZeros
        ).joined(separator: ":")
        try state.replacingOccurrences(of: known, with: now)
            .write(toFile: fixture.path(".glare/state.json"), atomically: false, encoding: .utf8)
    }

    /// `12.000000034` as the state has it: `12.34`.
    private static func withoutLeadingZeros(_ number: Substring) -> String {
        number.split(separator: ".").compactMap { Int($0) }.map(String.init).joined(separator: ".")
    }

    private func stampInState(of version: PublisherFixture.Version) throws -> String {
        struct State: Decodable {
            let files: [String: File]
            struct File: Decodable { let stamp: String }
        }
        let state: State = try fixture.decode(fixture.text(".glare/state.json"))
        return try #require(state.files[version.fileName]).stamp
    }

    @Test func oneWhoseTimesDidNotChangeIsFoundByAFullReading() throws {
        try damageUnseen(old)
        try #require(fixture.rebuild().status == 0)
        // Trusted by its stamp, which is what the full reading is for.
        #expect(try fixture.listed().sorted() == [current.id, old.id].sorted())
        let result = try fixture.rebuild("--full")
        #expect(result.status == 0)
        #expect(result.stderr.contains("\(fixture.path(old.path)) is not listed"))
        #expect(try fixture.listed() == [current.id])
    }

    @Test func aFullReadingTellsOfTheCurrentOneByItsStatus() throws {
        try damageUnseen(current)
        #expect(try fixture.rebuild().status == 0)
        #expect(try fixture.rebuild("--full").status == 65)
        #expect(try fixture.text("images.txt") == "")
    }

    @Test func whatIsAsRecordedIsNotReadAgain() throws {
        #expect(try fixture.rebuild().stderr.contains("reading") == false)
        let full = try fixture.rebuild("--full")
        for version in [old, current] { #expect(full.stderr.contains("reading \(fixture.path(version.path))")) }
    }
}
