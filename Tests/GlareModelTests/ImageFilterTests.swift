import Testing

@testable import GlareModel

@Suite("Which images somebody wants")
struct ImageFilterTests {
    private let name: ImageName
    private let properties: ImageProperties

    init() throws {
        name = try ImageName("debian-12")
        var properties = ImageProperties()
        try properties.apply(["arch=x86_64", "os=debian"].map { try PropertyAssignment($0) })
        self.properties = properties
    }

    @Test(arguments: [
        ([], true), (["debian-*"], true), (["fedora", "debian-12"], true), (["fedora"], false),
        (["arch=x86_64"], true), (["arch=x86*"], true), (["arch=arm", "arch=x86_64"], true),
        (["arch=x86_64", "os=fedora"], false), (["build=1"], false), (["debian-*", "os=debian"], true),
        (["fedora", "os=debian"], false), (["debian-*", "os=fedora"], false),
    ])
    func wants(_ words: [String], _ expected: Bool) {
        #expect(ImageFilter(words).matches(name, properties) == expected)
    }

    @Test func whatHasNoPropertiesMatchesNamesAlone() {
        #expect(ImageFilter(["debian-*"]).matches(name, nil))
        #expect(!ImageFilter(["arch=*"]).matches(name, nil))
        #expect(ImageFilter(["arch=*"]).mayMatch(name))
    }

    @Test func wordsThatMatchNothingAreFound() throws {
        let images = [(name: name, properties: Optional(properties)), (name: try ImageName("bare"), properties: nil)]
        let filter = ImageFilter(["deb*", "fedora*", "arch=x86*", "arch=arm", "build=1"])
        #expect(filter.unmatched(among: images) == ["fedora*", "arch=arm", "build=1"])
    }

    @Test(arguments: [("debian-*", true), ("arch=x86*", true), ("arch=", false), ("=x", false), ("Arch=x", false)])
    func wordsAreOfTwoKinds(_ word: String, _ expected: Bool) {
        #expect(ImageFilter.isWord(word) == expected)
    }
}
