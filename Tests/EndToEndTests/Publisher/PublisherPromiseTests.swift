import Foundation
import GlareTestSupport
import Testing

/// Whoever gets NAME from the repository gets a whole image, the old one or the new one.
@Suite(.enabled(if: Machine.has("nginx") && Machine.has("python3"))) struct PublisherPromiseTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    /// Reads an address over and over until the file `stop` is there; then prints how often it got what.
    private static let reader = """
        import collections, hashlib, json, os, sys, time, urllib.error, urllib.request
        address, stop = sys.argv[1:]
        seen = collections.Counter()
        while not os.path.exists(stop):
            try:
                with urllib.request.urlopen(address) as answer:
                    content = answer.read()
                    whole = len(content) == int(answer.headers['Content-Length'])
                    seen[hashlib.sha256(content).hexdigest() if whole else 'torn'] += 1
            except urllib.error.HTTPError as error:
                seen[str(error.code)] += 1
            except Exception as error:
                seen[repr(error)] += 1
            time.sleep(0.002)
        print(json.dumps(seen))
        """

    @Test(.timeLimit(.minutes(2))) func aReaderOverHTTPSeesOneOfTheTwoContentsAlways() throws {
        let images = try [1, 2].map {
            try DiskImages.raw(
                at: fixture.scratch.path("images/\($0)"), seed: UInt64($0), size: 1 << 20, data: 512 << 10)
        }
        try #require(fixture.add(images[1], options: ["--name", "disk"]).status == 0)
        let server = try Nginx(serving: fixture.repository)
        let stop = fixture.scratch.path("stop")
        let reader = try RunningProcess("python3", ["-c", Self.reader, server.address + "/disk", stop])
        for round in 0..<50 {
            try fixture.letTimePass()
            let result = try fixture.add(
                images[round % 2], "round \(round)", options: ["--name", "disk", "--limit", "2"])
            #expect(result.status == 0, "\(result.stderr)")
        }
        try fixture.scratch.file("stop", "")
        #expect(reader.wait() == 0)
        let seen: [String: Int] = try fixture.decode(reader.stdout)
        #expect(try Set(seen.keys) == Set(images.map { try sha256($0) }), "\(seen)")
        #expect(seen.values.reduce(0, +) > 50, "\(seen)")
        let answers = server.accessLog.filter { $0.contains("GET /disk ") }
        #expect(answers.count > 50 && answers.allSatisfy { $0.contains("\" 200 ") })
        #expect(try fixture.headings().count == 51)
    }

    /// A catalogue read at any moment leads to a record and a version that are there.
    @Test(.timeLimit(.minutes(2))) func everyCatalogueLeadsToAWholeVersion() throws {
        try fixture.publish(seed: 1)
        let stop = fixture.scratch.path("stop")
        let script = """
            import collections, hashlib, json, os, sys, time
            root, stop = sys.argv[1:]
            def read(*path):
                with open(os.path.join(root, *path), 'rb') as file:
                    return file.read()
            seen = collections.Counter()
            while not os.path.exists(stop):
                try:
                    row = json.loads(read('images.json'))['images'][0]
                    record = read('catalogue', row['record']['sha256'] + '.json')
                    assert hashlib.sha256(record).hexdigest() == row['record']['sha256'], 'record'
                    content = read('archive', 'disk-' + row['current'])
                    assert hashlib.sha256(content).hexdigest() == row['sha256'], 'content'
                    assert read('images.txt') == b'disk\\n', 'list'
                    seen['good'] += 1
                except Exception as error:
                    seen[repr(error)] += 1
                time.sleep(0.002)
            print(json.dumps(seen))
            """
        let reader = try RunningProcess("python3", ["-c", script, fixture.repository, stop])
        for seed: UInt64 in 2...13 { try fixture.publish(seed: seed, options: ["--limit", "3"]) }
        try fixture.scratch.file("stop", "")
        #expect(reader.wait() == 0)
        let seen: [String: Int] = try fixture.decode(reader.stdout)
        #expect(Set(seen.keys) == ["good"], "\(seen)")
        #expect(seen["good", default: 0] > 12)
    }
}
