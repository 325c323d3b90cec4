import GlareDiskImage
import GlareSystem
import GlareTestSupport
import Testing

/// Files that people give by mistake.
@Suite struct NotADiskImageTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let advice: String

        init(_ name: String, _ bytes: [UInt8], _ advice: String) {
            (testDescription, self.bytes, self.advice) = (name, bytes, advice)
        }

        init(_ name: String, _ text: String, _ advice: String) { self.init(name, Array(text.utf8), advice) }
    }

    static let cases = [
        Case("gzip data", [0x1f, 0x8b, 0x08, 0, 0, 0], "decompress it first"),
        Case("xz data", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0], "decompress it first"),
        Case("zstd data", [0x28, 0xb5, 0x2f, 0xfd, 0], "decompress it first"),
        Case("bzip2 data", "BZh91AY&SY", "decompress it first"),
        Case("LZ4 data", [0x04, 0x22, 0x4d, 0x18, 0], "decompress it first"),
        Case("a zip archive", [0x50, 0x4b, 0x03, 0x04, 0], "unpack it"),
        Case("a 7-Zip archive", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "unpack it"),
        Case("a tar archive", [UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8), "unpack it"),
        Case("an ELF program", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], "give the disk"),
        Case("a qcow version 1 image", [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 1], "qemu-img convert"),
        Case("a QED image", [0x51, 0x45, 0x44, 0, 0], "qemu-img convert"),
        Case("an HTML page", "\n <!DOCTYPE HTML>\n<title>404 Not Found</title>", "download again"),
        Case("an HTML page", "<html><body>gone</body></html>", "download again"),
        Case("a script", "#!/bin/sh\necho hello\n", "give the disk image"),
        Case("text", "LIMIT=5\n# Grüße\n", "check that this is the file"),
        Case("only zeros in the first MiB", [0], "partition table or a filesystem"),
        Case("only zeros in the first MiB", [UInt8](repeating: 0, count: 100_000), "partition table or a filesystem"),
    ]

    @Test(arguments: cases) func isNamed(_ sample: Case) throws {
        let file = try SampleFile.of(sample.bytes).write(in: scratch)
        let error = try #require(throws: DiskImageError.self) { try DiskImage.recognise(file) }
        #expect(error == .notADiskImage(path: file.path, looksLike: sample.testDescription))
        #expect(error.description.hasPrefix("\(file.path): expected a disk image (qcow2, vmdk, vdi, vpc, "))
        #expect(error.description.contains("found \(sample.testDescription); "))
        #expect(error.description.contains(sample.advice))
    }

    @Test func unknownDataIsNotGuessedAt() throws {
        let file = try SampleFile.of([0x80, 0x00, 0x01, 0x02]).write(in: scratch)
        let error = try #require(throws: DiskImageError.self) { try DiskImage.recognise(file) }
        #expect(error == .notADiskImage(path: file.path, looksLike: nil))
        #expect(error.description.contains("found unknown data; check that this is the file"))
    }

    @Test func zerosUpToAMebibyteSayNothingOfTheRest() throws {
        let size: Int64 = 2 << 20
        let behind = SampleFile(size: size).piece(at: 1 << 20, count: 1) { $0 = [1] }
        let before = SampleFile(size: size).piece(at: (1 << 20) - 1, count: 1) { $0 = [1] }
        let (zeros, data) = (try behind.write(in: scratch, as: "zeros"), try before.write(in: scratch, as: "data"))
        #expect(throws: DiskImageError.notADiskImage(path: zeros.path, looksLike: "only zeros in the first MiB")) {
            try DiskImage.recognise(zeros)
        }
        #expect(throws: DiskImageError.notADiskImage(path: data.path, looksLike: nil)) { try DiskImage.recognise(data) }
    }

    @Test func emptyFile() throws {
        let file = try SampleFile(size: 0).write(in: scratch)
        let error = try #require(throws: DiskImageError.self) { try DiskImage.recognise(file) }
        #expect(error == .empty(path: file.path))
        #expect(error.description.hasPrefix("\(file.path): expected a disk image, found an empty file; "))
    }
}
