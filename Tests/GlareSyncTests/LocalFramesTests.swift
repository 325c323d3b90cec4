import GlareModel
import GlareSystem
import Testing

@testable import GlareSync

@Suite("Frames that are here already")
struct LocalFramesTests {
    /// An image of frames with these contents; nil for a hole.
    private func manifest(_ contents: [Int?]) -> Manifest {
        let frames = contents.enumerated().map { index, content in
            let digest = content.map { BinaryDigest(SHA256Digest(of: Array("\($0)".utf8))) }
            return Manifest.Frame(
                offset: Int64(index) << 20, size: 1 << 20, storedOffset: Int64(index) << 20, storedSize: 1 << 20,
                digests: digest.map { ($0, $0) })
        }
        let image = BinaryDigest(SHA256Digest(of: Array("\(contents)".utf8)))
        let size = Int64(contents.count) << 20
        return Manifest(
            source: .file, encoding: .plain, imageSize: size, image: image, storedSize: size, stored: image,
            frames: frames)
    }

    private func version(_ name: String, _ manifest: Manifest) throws -> LocalVersion {
        let time = FileTime(seconds: 1)
        let stamp = FileStamp(device: 1, inode: 1, size: manifest.imageSize, modified: time, changed: time)
        let digest = manifest.image.text
        return LocalVersion(
            name: VersionName(try ImageName(name), VersionID(digest)), sha256: digest, stamp: stamp, manifest: nil)
    }

    private func find(_ wanted: [Int?], in contents: [Int?]...) throws -> LocalFrames {
        let manifests = contents.map(manifest)
        let versions = try manifests.enumerated().map { try version("image\($0)", $1) }
        return LocalFrames(of: manifest(wanted), in: versions) { version in
            manifests.first { $0.image.text == version.sha256 }
        }
    }

    @Test("wherever they stand")
    func anywhere() throws {
        let local = try find([1, nil, 2, 3], in: [3, 9, 1, nil])
        #expect(local.missing(of: manifest([1, nil, 2, 3])) == [2])
        #expect(local.places.mapValues(\.offset) == [0: 2 << 20, 3: 0])
        #expect(local.size(in: manifest([1, nil, 2, 3])) == 2 << 20)
    }

    @Test("in their own place before any other")
    func inPlace() throws {
        let local = try find([7, 1], in: [1, 1])
        #expect(local.places[1]?.offset == 1 << 20)
        #expect(local.mostInPlace(of: manifest([7, 1]))?.name.image.text == "image0")
    }

    @Test("in the version that comes first, and what that lacks in the next")
    func several() throws {
        let local = try find([1, 2, 3], in: [1, 5, 6], [1, 2, 6], [8])
        #expect(local.places.mapValues(\.version) == [0: 0, 1: 1])
        #expect(local.versions.map(\.name.image.text) == ["image0", "image1"])
    }

    @Test("a version whose manifest is not known has none")
    func unknown() throws {
        let wanted = manifest([1])
        let local = LocalFrames(of: wanted, in: [try version("x", wanted)]) { _ in nil }
        #expect(local.missing(of: wanted) == [0] && local.mostInPlace(of: wanted) == nil)
    }
}
