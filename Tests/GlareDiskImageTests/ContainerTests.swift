import GlareDiskImage
import GlareSystem
import GlareTestSupport
import Testing

/// What each container format's header says, from headers made by hand.
@Suite struct ContainerTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: SampleFile
        let format: DiskImageFormat
        let size: Int64

        init(_ summary: String, _ file: SampleFile, _ format: DiskImageFormat, _ size: Int64 = 64 << 20) {
            (testDescription, self.file, self.format, self.size) = (summary, file, format, size)
        }
    }

    static let cases = [
        Case("qcow2 version 2", Headers.qcow2(version: 2), .qcow2),
        Case("qcow2 version 3", Headers.qcow2(), .qcow2),
        Case("qcow2 version 3", Headers.qcow2(size: UInt64(Int64.max)), .qcow2, .max),
        Case("sparse VMDK version 1", Headers.vmdk(), .vmdk, 1 << 20),
        Case("stream-optimized VMDK version 3", Headers.streamedVMDK(), .vmdk, 1 << 20),
        Case("VDI version 1.1", Headers.vdi(), .vdi),
        Case("dynamic VHD", Headers.vhd(), .vpc),
        Case("differencing VHD", Headers.vhd(kind: 4), .vpc),
        Case("fixed VHD", Headers.vhd(kind: 2, size: 65_024), .vpc, 65_024),
        Case("VHDX", Headers.vhdx(), .vhdx),
        Case("ISO 9660 filesystem", Headers.iso(), .iso, 409_600),
        Case("ISO 9660 filesystem", Headers.iso(blocks: .max), .iso, Int64(UInt32.max) * 2048),
    ]

    @Test(arguments: cases) func isRecognised(_ sample: Case) throws {
        let image = try DiskImage.recognise(sample.file.write(in: scratch))
        #expect(image.format == sample.format)
        #expect(image.virtualSize == sample.size)
        #expect(image.summary == sample.testDescription)
    }

    @Test func hybridISOIsAnISO() throws {
        var mbr = [UInt8](repeating: 0, count: 512)
        mbr.put([0x55, 0xaa], at: 510)
        let file = try Headers.iso().write(in: scratch)
        try file.write(mbr)
        try file.write(Array("EFI PART".utf8), at: 512)
        let image = try DiskImage.recognise(file)
        #expect(image.format == .iso)
        #expect(image.summary == "ISO 9660 filesystem with an MBR")
    }

    @Test func vhdxIsReadByTheSecondRegionTableWhereTheFirstIsGone() throws {
        let file = try Headers.vhdx().write(in: scratch)
        try file.write(file.read(at: 192 << 10, count: 80), at: 256 << 10)
        try file.write([UInt8](repeating: 0, count: 80), at: 192 << 10)
        #expect(try DiskImage.recognise(file).virtualSize == 64 << 20)
    }

    @Test func primaryVolumeDescriptorMayComeSecond() throws {
        let file = try Headers.iso().write(in: scratch)
        try file.write(file.read(at: 32_768, count: 2048), at: 34_816)
        try file.write([0], at: 32_768)
        #expect(try DiskImage.recognise(file).virtualSize == 409_600)
    }
}
