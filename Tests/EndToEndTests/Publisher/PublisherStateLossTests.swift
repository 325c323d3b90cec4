import Foundation
import GlareTestSupport
import Testing

/// `.glare/state.json` lost or broken: what it held is found again.
@Suite struct PublisherStateLossTests {
    let fixture: PublisherFixture
    let old, current: PublisherFixture.Version

    init() throws {
        fixture = try PublisherFixture()
        old = try fixture.publish(seed: 1)
        current = try fixture.publish(seed: 2)
    }

    enum Loss: String, CaseIterable {
        case state, everythingPrivate, garbage, emptied

        func happen(to fixture: PublisherFixture) throws {
            let state = fixture.path(".glare/state.json")
            switch self {
            case .state: try FileManager.default.removeItem(atPath: state)
            case .everythingPrivate: try FileManager.default.removeItem(atPath: fixture.path(".glare"))
            case .garbage: try "{ \"format\": ".write(toFile: state, atomically: false, encoding: .utf8)
            case .emptied: try "".write(toFile: state, atomically: false, encoding: .utf8)
            }
        }
    }

    @Test(arguments: Loss.allCases)
    func rebuildIndexFindsTheSameAgain(loss: Loss) throws {
        let before = try fixture.snapshot()
        try loss.happen(to: fixture)
        let result = try fixture.rebuild()
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try fixture.snapshot() == before)
        #expect(try fixture.listed() == [current.id, old.id])
    }

    @Test(arguments: Loss.allCases)
    func theNextPublishGoesOnFromTheLastCatalogue(loss: Loss) throws {
        let before = try fixture.catalogue()
        try loss.happen(to: fixture)
        let new = try fixture.publish(seed: 3)
        let after = try fixture.catalogue()
        #expect(after.repository == before.repository)
        #expect(after.serial > before.serial)
        #expect(try fixture.listed() == [new.id, current.id, old.id])
    }

    @Test(arguments: Loss.allCases)
    func ourOwnChecksumsStayOurs(loss: Loss) throws {
        try loss.happen(to: fixture)
        let new = try fixture.publish(seed: 3)
        #expect(try fixture.text("SHA256SUMS") == "\(new.sha256)  disk\n")
        #expect(try fixture.text("archive/SHA256SUMS").split(separator: "\n").count == 3)
    }

    @Test func aBrokenStateIsTold() throws {
        try Loss.garbage.happen(to: fixture)
        let result = try fixture.rebuild()
        #expect(result.stderr.contains("\(fixture.path(".glare/state.json")) could not be used and is made anew"))
    }

    @Test func theSerialNeverFallsEvenWhereTheClockIsBehind() throws {
        let future = try fixture.catalogue().serial + 1_000_000
        let text = try fixture.text("images.json").replacingOccurrences(
            of: "\"serial\" : \(fixture.catalogue().serial)", with: "\"serial\" : \(future)")
        try text.write(toFile: fixture.path("images.json"), atomically: false, encoding: .utf8)
        try Loss.state.happen(to: fixture)
        try fixture.publish(seed: 3)
        #expect(try fixture.catalogue().serial == future + 1)
    }
}
