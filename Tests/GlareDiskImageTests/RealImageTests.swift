import Foundation
import GlareDiskImage
import GlareSystem
import GlareTestSupport
import Testing

/// Images made by the programs that people make them with.
@Suite struct RealImageTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let format: DiskImageFormat
        let options: [String]

        init(_ summary: String, _ format: DiskImageFormat, _ options: String...) {
            (testDescription, self.format) = (summary, format)
            self.options = options.flatMap { ["-o", $0] }
        }
    }

    static let cases = [
        Case("qcow2 version 2", .qcow2, "compat=0.10"),
        Case("qcow2 version 3", .qcow2, "compat=1.1"),
        Case("qcow2 version 3", .qcow2, "compat=1.1", "compression_type=zstd"),
        Case("sparse VMDK version 1", .vmdk),
        Case("stream-optimized VMDK version 3", .vmdk, "subformat=streamOptimized"),
        Case("VDI version 1.1", .vdi),
        Case("VDI version 1.1", .vdi, "static=on"),
        Case("dynamic VHD", .vpc),
        Case("dynamic VHD", .vpc, "force_size=on"),
        Case("fixed VHD", .vpc, "subformat=fixed"),
        Case("VHDX", .vhdx),
        Case("VHDX", .vhdx, "subformat=fixed"),
    ]

    @Test(.enabled(if: Machine.has("qemu-img")), arguments: cases)
    func createdByQEMU(_ sample: Case) throws {
        let path = scratch.path("disk")
        let create = try run("qemu-img", ["create", "-f", sample.format.rawValue] + sample.options + [path, "10M"])
        try #require(create.status == 0, "\(create.stderr)")
        try expect(path, sample.format, sample.testDescription)
    }

    @Test(.enabled(if: Machine.has("qemu-img") && Machine.has("mkfs.ext4")), arguments: cases)
    func convertedByQEMU(_ sample: Case) throws {
        let (raw, path) = (try formatted("mkfs.ext4", size: 16 << 20), scratch.path("disk"))
        let arguments = ["convert", "-f", "raw", "-O", sample.format.rawValue] + sample.options + [raw, path]
        let convert = try run("qemu-img", arguments)
        try #require(convert.status == 0, "\(convert.stderr)")
        try expect(path, sample.format, sample.testDescription)
    }

    @Test(
        .enabled(if: Machine.has("qemu-img")),
        arguments: [
            ("qcow", "a qcow version 1 image"), ("qed", "a QED image"), ("parallels", "a Parallels image"),
        ])
    func formatsThatAreNotSupported(_ format: String, _ name: String) throws {
        let path = scratch.path("disk")
        try #require(run("qemu-img", ["create", "-f", format, path, "10M"]).status == 0)
        #expect(throws: DiskImageError.notADiskImage(path: path, looksLike: name)) {
            try DiskImage.recognise(.open(path))
        }
    }

    @Test(.enabled(if: Machine.has("qemu-img"))) func descriptorOfAFlatVMDK() throws {
        let path = scratch.path("disk.vmdk")
        let options = ["-o", "subformat=monolithicFlat"]
        try #require(run("qemu-img", ["create", "-f", "vmdk"] + options + [path, "10M"]).status == 0)
        let error = try #require(throws: DiskImageError.self) { try DiskImage.recognise(.open(path)) }
        #expect(error.description.contains("a text descriptor that only names it; give its -flat.vmdk file"))
    }

    @Test(.enabled(if: Machine.has("mkfs.ext4")), arguments: ["ext2", "ext3", "ext4"])
    func extendedFilesystem(_ kind: String) throws {
        let path = try formatted("mkfs.ext4", ["-t", kind], size: 16 << 20)
        #expect(try DiskImage.recognise(.open(path)).summary == "\(kind) filesystem")
    }

    @Test(.enabled(if: Machine.has("mkfs.xfs"))) func xfs() throws {
        let path = try formatted("mkfs.xfs", size: 512 << 20)
        #expect(try DiskImage.recognise(.open(path)).summary == "XFS filesystem")
    }

    @Test(.enabled(if: Machine.has("mkswap"))) func swap() throws {
        let path = try formatted("mkswap", size: 1 << 20)
        #expect(try DiskImage.recognise(.open(path)).summary == "swap space")
    }

    // MARK: Helpers

    /// A sparse file with a filesystem on it.
    private func formatted(_ tool: String, _ options: [String] = [], size: Int64) throws -> String {
        let file = try SampleFile(size: size).write(in: scratch, as: "raw")
        let result = try run(tool, options + [file.path])
        try #require(result.status == 0, "\(result.stderr)")
        return file.path
    }

    /// The file must be what was asked for, and as large as QEMU finds it.
    private func expect(_ path: String, _ format: DiskImageFormat, _ summary: String) throws {
        struct Info: Decodable {
            let size: Int64
            enum CodingKeys: String, CodingKey { case size = "virtual-size" }
        }
        let info = try run("qemu-img", ["info", "-f", format.rawValue, "--output=json", path])
        let known = try JSONDecoder().decode(Info.self, from: Data(info.stdout.utf8))
        let image = try DiskImage.recognise(.open(path))
        #expect(image.format == format)
        #expect(image.virtualSize == known.size)
        #expect(image.summary == summary)
    }
}
