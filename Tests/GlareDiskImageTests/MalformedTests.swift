import GlareDiskImage
import GlareSystem
import GlareTestSupport
import Testing

/// Headers that carry a format's signature and make no sense.
@Suite struct MalformedTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: SampleFile
        let format: DiskImageFormat
        /// What the message must mention.
        let mention: String

        init(_ name: String, _ file: SampleFile, _ format: DiskImageFormat, _ mention: String) {
            (testDescription, self.file, self.format, self.mention) = (name, file, format, mention)
        }
    }

    static let beyond: UInt64 = 1 << 63

    static let cases = [
        Case("qcow2 of 0 bytes", Headers.qcow2(size: 0), .qcow2, "found one of 0 bytes"),
        Case("qcow2 of 2^63 bytes", Headers.qcow2(size: beyond), .qcow2, "9223372036854775808 bytes"),
        Case("qcow2 of 2^64-1 bytes", Headers.qcow2(size: .max), .qcow2, "18446744073709551615 bytes"),
        Case("qcow2 version 0", Headers.qcow2(version: 0), .qcow2, "found version 0"),
        Case("qcow2 version 4", Headers.qcow2(version: 4), .qcow2, "expected qcow2 version 2 or 3, found version 4"),
        Case("qcow2 of 4 bytes", .of([0x51, 0x46, 0x49, 0xfb]), .qcow2, "found the end of the file after 4"),
        Case("VMDK version 4", Headers.vmdk(version: 4), .vmdk, "found version 4"),
        Case("VMDK of no sectors", Headers.vmdk(sectors: 0), .vmdk, "0 blocks of 512 bytes"),
        Case("VMDK of 2^54 sectors", Headers.vmdk(sectors: 1 << 54), .vmdk, "blocks of 512 bytes"),
        Case("VMDK of 2^64-1 sectors", Headers.vmdk(sectors: .max), .vmdk, "blocks of 512 bytes"),
        Case("VMDK descriptor", .of(Array("# Disk DescriptorFile\nversion=1\n".utf8)), .vmdk, "-flat.vmdk"),
        Case("VDI version 1.0", Headers.vdi(version: 0x0001_0000), .vdi, "found version 1.0"),
        Case("VDI of 2^63 bytes", Headers.vdi(size: beyond), .vdi, "9223372036854775808"),
        Case("VHD of 2^63 bytes", Headers.vhd(size: beyond), .vpc, "9223372036854775808"),
        Case("VHD of type 9", Headers.vhd(kind: 9), .vpc, "found type 9"),
        Case("fixed VHD without its data", Headers.vhd(kind: 2, size: 65_025), .vpc, "found 65024"),
        Case("fixed VHD of 2^64-1 bytes", Headers.vhd(kind: 2, size: .max), .vpc, "found 65024"),
        Case("VHDX of 2^63 bytes", Headers.vhdx(size: beyond), .vhdx, "9223372036854775808"),
        Case("VHDX metadata beyond the end", Headers.vhdx(metadata: 1 << 40), .vhdx, "found something else"),
        Case("VHDX metadata at 2^63", Headers.vhdx(metadata: beyond), .vhdx, "metadata inside the file"),
        Case("VHDX metadata at 2^64-1", Headers.vhdx(metadata: .max), .vhdx, "metadata inside the file"),
        Case("VHDX item beyond the end", Headers.vhdx(itemOffset: .max), .vhdx, "the end of the file"),
        Case("VHDX of 8 bytes", .of(Array("vhdxfile".utf8)), .vhdx, "region table"),
        Case("ISO of no blocks", Headers.iso(blocks: 0), .iso, "0 blocks of 2048 bytes"),
        Case("ISO of blocks of 0 bytes", Headers.iso(blockSize: 0), .iso, "found 0"),
    ]

    @Test(arguments: cases) func isRefused(_ sample: Case) throws {
        let file = try sample.file.write(in: scratch)
        let error = try #require(throws: DiskImageError.self) { try DiskImage.recognise(file) }
        guard case .malformed(file.path, sample.format, let reason) = error else {
            Issue.record("expected malformed \(sample.format), got \(error)")
            return
        }
        #expect(reason.contains(sample.mention))
        #expect(error.description == "\(file.path): not a valid \(sample.format.rawValue) image: \(reason)")
        #expect(reason.hasPrefix("expected ") && reason.contains("; "), "what to do is missing: \(reason)")
    }

    @Test func streamedVMDKWithoutItsEnd() throws {
        let file = try Headers.streamedVMDK().write(in: scratch)
        try file.truncate(to: 60_000)
        let error = try #require(throws: DiskImageError.self) { try DiskImage.recognise(file) }
        #expect(error.description.contains("expected a VMDK footer"))
    }

    @Test func regionTableWithTooManyEntries() throws {
        let file = try Headers.vhdx().write(in: scratch)
        try file.write([0xff, 0xff, 0xff, 0xff], at: (192 << 10) + 8)
        let error = try #require(throws: DiskImageError.self) { try DiskImage.recognise(file) }
        #expect(error.description.contains("found one of 4294967295"))
    }

    @Test func isoWithoutPrimaryDescriptor() throws {
        let file = try Headers.iso().write(in: scratch)
        try file.write([2], at: 32_768)
        let error = try #require(throws: DiskImageError.self) { try DiskImage.recognise(file) }
        #expect(error.description.contains("expected a primary volume descriptor"))
    }
}
