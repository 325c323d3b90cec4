import Testing

@testable import GlareServer

@Suite("Numbers of connections")
struct ConnectionLimitsTests {
    @Test("how many connections the limit of open files has room for")
    func places() throws {
        let all = try ConnectionPlaces(wanted: 4096, descriptorLimit: ConnectionPlaces.descriptors(for: 4096))
        #expect(all.count == 4096 && all.warning == nil)
        let some = try ConnectionPlaces(wanted: 4096, descriptorLimit: 1024)
        #expect(some.count == 448)
        let warning = try #require(some.warning)
        for number in ["4096", "1024", "448", "8320"] { #expect(warning.contains(number), "\(warning)") }
        #expect(try ConnectionPlaces(wanted: 2, descriptorLimit: 132).count == 2)
        #expect(throws: ServerError.tooFewDescriptors(limit: 150, needed: 160)) {
            try ConnectionPlaces(wanted: 4096, descriptorLimit: 150)
        }
    }
}
