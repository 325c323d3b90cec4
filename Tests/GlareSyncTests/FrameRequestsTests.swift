import GlareModel
import Testing

@testable import GlareSync

@Suite("Requests for frames")
struct FrameRequestsTests {
    /// Frames of 1 MiB of data, each taking `stored` bytes, one behind the other.
    private func manifest(_ stored: [Int]) -> Manifest {
        let digest = BinaryDigest(SHA256Digest(of: []))
        var (frames, end): ([Manifest.Frame], Int64) = ([], 0)
        for (index, size) in stored.enumerated() {
            frames.append(
                Manifest.Frame(
                    offset: Int64(index) << 20, size: 1 << 20, storedOffset: end, storedSize: size,
                    digests: (digest, digest)))
            end += Int64(size)
        }
        return Manifest(
            source: .file, encoding: .zstd, imageSize: Int64(stored.count) << 20, image: digest, storedSize: end,
            stored: digest, frames: frames)
    }

    @Test("neighbours come in one request")
    func neighbours() {
        let manifest = manifest([1000, 2000, 3000])
        let requests = FrameRequest.cover([0, 1, 2], of: manifest, connections: 4)
        #expect(requests == [FrameRequest(range: 0..<6000, frames: [0, 1, 2])])
        #expect(requests.cost == Cost(bytes: 6000, requests: 1))
    }

    @Test("a small gap is fetched as well, a large one is not")
    func gaps() {
        let small = manifest([1000, 60 << 10, 1000])
        #expect(FrameRequest.cover([0, 2], of: small, connections: 4).count == 1)
        let large = manifest([1000, 70 << 10, 1000])
        #expect(FrameRequest.cover([0, 2], of: large, connections: 4).map(\.frames) == [[0], [2]])
    }

    @Test("much is cut so that every connection has work", arguments: [1, 2, 4, 8])
    func cut(connections: Int) {
        let frames = 200
        let manifest = manifest(Array(repeating: 1 << 20, count: frames))
        let requests = FrameRequest.cover(Array(0..<frames), of: manifest, connections: connections)
        #expect(requests.flatMap(\.frames) == Array(0..<frames))
        #expect((2 * connections...5 * connections).contains(requests.count))
        #expect(requests.cost.bytes == Int64(frames) << 20)
        for (request, next) in zip(requests, requests.dropFirst()) {
            #expect(request.range.upperBound == next.range.lowerBound)
        }
    }

    @Test("nothing missing, nothing asked")
    func nothing() { #expect(FrameRequest.cover([], of: manifest([1000]), connections: 4).isEmpty) }
}
