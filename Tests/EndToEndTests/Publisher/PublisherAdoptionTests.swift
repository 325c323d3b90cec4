import Foundation
import GlareTestSupport
import Testing

/// A repository that the original Glare made becomes ours, and goes on being the original's.
@Suite struct PublisherAdoptionTests {
    let fixture: PublisherFixture
    let old, current: String

    init() throws {
        fixture = try PublisherFixture()
        old = try fixture.addAsTheOriginal("disk", seed: 1, "first", age: 3000)
        current = try fixture.addAsTheOriginal("disk", seed: 2, "second", age: 2000)
    }

    @Test func theVersionsKeepTheirIDsAndGetTheirDigests() throws {
        let result = try fixture.rebuild()
        #expect(result.status == 0, "\(result.stderr)")
        #expect(result.stdout.hasSuffix(": 1 image, 2 versions\n"))
        let record = try fixture.record()
        #expect(record.current == current)
        #expect(record.versions.map(\.id) == [current, old])
        for version in record.versions {
            #expect(try sha256(fixture.path("archive/disk-\(version.id)")) == version.sha256)
        }
    }

    @Test func theLinkBecomesARelativeOne() throws {
        try #require(fixture.link("disk").hasPrefix("/"))
        try #require(fixture.rebuild().status == 0)
        #expect(try fixture.link("disk") == "archive/disk-\(current)")
    }

    @Test func filesChangelogAndListStayAsTheyWere() throws {
        let files = ["archive/disk-\(old)", "archive/disk-\(current)", "disk.md", "images.txt"]
        let facts = try files.map { try fixture.facts($0) }
        let changelog = try fixture.text("disk.md")
        try #require(fixture.rebuild().status == 0)
        #expect(try files.map { try fixture.facts($0) } == facts)
        #expect(try fixture.text("disk.md") == changelog)
        #expect(try fixture.text("images.txt") == "disk\n")
    }

    @Test func theOrderIsThatOfTheirTimes() throws {
        let oldest = try fixture.addAsTheOriginal("disk", seed: 3, "found in a backup", age: 9000, isCurrent: false)
        try #require(fixture.rebuild().status == 0)
        #expect(try fixture.listed() == [current, old, oldest])
        let times = try fixture.record().versions.map { Int($0.modified.timeIntervalSince1970) }
        #expect(try times == [current, old, oldest].map { try fixture.facts("archive/disk-\($0)").modified })
    }

    @Test func aRepositoryThatWasMovedIsFoundByTheNamesOfItsLinks() throws {
        let moved = fixture.scratch.path("moved")
        try FileManager.default.moveItem(atPath: fixture.repository, toPath: moved)
        let result = try fixture.glare(["rebuild-index", "-d", moved])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: moved + "/disk") == "archive/disk-\(current)")
        #expect(try md5(moved + "/disk") == current)
    }

    @Test func aTornVersionIsToldAndNotListed() throws {
        try fixture.damage("archive/disk-\(old)", cuttingTo: 100_000)
        let result = try fixture.rebuild()
        #expect(result.status == 0)
        #expect(result.stderr.contains("\(fixture.path("archive/disk-\(old)")) is not listed"))
        #expect(try fixture.listed() == [current])
        #expect(fixture.exists("archive/disk-\(old)"))
    }

    @Test func aTornCurrentVersionIsNotGivenToHosts() throws {
        try fixture.addAsTheOriginal("other", seed: 4, "another", age: 1000)
        try fixture.damage("archive/disk-\(current)", cuttingTo: 100_000)
        let result = try fixture.rebuild()
        #expect(result.status == 65)
        #expect(result.stderr.contains("hosts can't get disk"))
        #expect(try fixture.text("images.txt") == "other\n")
    }

    @Test func contentThatIsCurrentUnderTheOriginalsIDIsCurrent() throws {
        try #require(fixture.rebuild().status == 0)
        let before = try fixture.snapshot()
        let result = try fixture.add(fixture.image("disk", seed: 2))
        #expect(result.stdout.contains("version \(current) is current already; nothing was changed"))
        #expect(try fixture.snapshot() == before)
    }

    @Test func contentThatIsRetainedUnderTheOriginalsIDBecomesCurrentAgain() throws {
        try #require(fixture.rebuild().status == 0)
        let result = try fixture.add(fixture.image("disk", seed: 1), "back")
        #expect(result.stdout.contains("version \(old) was retained, and is current again"))
        #expect(try fixture.link("disk") == "archive/disk-\(old)")
        #expect(try fixture.headings() == [old, current, old])
        #expect(try fixture.archived().count == 2)
    }

    @Test func addImageAdoptsOnItsWay() throws {
        let other = try fixture.addAsTheOriginal("other", seed: 4, "another", age: 1000)
        let new = try fixture.publish(seed: 3, "third")
        #expect(try fixture.text("images.txt") == "disk\nother\n")
        #expect(try fixture.catalogue().images.map(\.current) == [new.id, other])
        #expect(try fixture.listed() == [new.id, current, old])
        #expect(try fixture.headings() == [new.id, current, old])
        #expect(try fixture.facts(new.path).modified > fixture.facts("archive/disk-\(current)").modified)
    }

    @Test func whatTheOriginalAddsAfterwardsIsAdoptedToo() throws {
        let ours = try fixture.publish(seed: 3, "by ours")
        let theirs = try fixture.addAsTheOriginal("disk", seed: 4, "by the original", age: -10)
        try #require(fixture.rebuild().status == 0)
        #expect(try fixture.link("disk") == "archive/disk-\(theirs)")
        #expect(try fixture.listed() == [theirs, ours.id, current, old])
        #expect(try fixture.headings() == [theirs, ours.id, current, old])
        #expect(try fixture.text("SHA256SUMS") == "\(sha256(fixture.path("disk")))  disk\n")
    }

    @Test func runningItTwiceChangesNoByte() throws {
        try #require(fixture.rebuild().status == 0)
        let before = try fixture.snapshot()
        try #require(fixture.rebuild().status == 0)
        #expect(try fixture.snapshot() == before)
    }

    @Test func retentionCountsTheOriginalsVersions() throws {
        let new = try fixture.publish(seed: 3, options: ["--limit", "2"], environment: ["GLARE_GRACE": "0"])
        #expect(try fixture.listed() == [new.id, current])
        #expect(!fixture.exists("archive/disk-\(old)"))
    }
}

extension PublisherFixture {
    /// The steps of the original's `add-image` and `rebuild-index`; answers the version's id.
    ///
    /// - Parameter age: Seconds since it was added.
    @discardableResult
    func addAsTheOriginal(
        _ name: String, seed: UInt64, _ message: String, age: Int, isCurrent: Bool = true
    ) throws -> String {
        let script = """
            set -e
            umask 002
            id=$(md5sum "$1" | cut -c 1-32)
            mkdir -p "$2/archive"
            cp "$1" "$2/archive/$3-$id"
            touch -d "@$5" "$2/archive/$3-$id"
            if [ "$6" = true ]; then ln -sfn "$2/archive/$3-$id" "$2/$3"; fi
            touch "$2/$3.md"
            printf '# [%s] - %s\\n## %s\\n\\n' "$id" "$(date -d "@$5")" "$4" | cat - "$2/$3.md" >"$2/$3.md.new"
            mv "$2/$3.md.new" "$2/$3.md"
            find "$2" -maxdepth 1 -type l -printf '%f\\n' | sort >"$2/images.txt"
            printf %s "$id"
            """
        let time = Int(Date().timeIntervalSince1970) - age
        let source = try image("original-\(name)", seed: seed)
        return try mustRun(
            "sh", ["-c", script, "sh", source, repository, name, message, String(time), String(isCurrent)])
    }
}
