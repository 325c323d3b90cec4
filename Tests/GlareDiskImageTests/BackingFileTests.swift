import GlareSystem
import GlareTestSupport
import Testing

@testable import GlareDiskImage

@Suite("What a disk is made on, by its header")
struct BackingFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func backing(_ file: SampleFile) throws -> DiskImage.Backing {
        try DiskImage.backing(of: file.write(in: scratch))
    }

    private func qcow(version: UInt32, name: String, at place: UInt64) -> SampleFile {
        SampleFile(size: 1 << 20).piece(at: 0, count: 112) { bytes in
            bytes.put([0x51, 0x46, 0x49, 0xFB], at: 0)
            bytes.putBig(version, at: 4)
            bytes.putBig(place, at: 8)
            bytes.putBig(UInt32(name.utf8.count), at: 16)
            bytes.putBig(UInt64(1 << 20), at: 24)
            bytes.putBig(UInt32(104), at: 100)
        }.piece(at: Int64(place), count: name.utf8.count) { $0.put(name, at: 0) }
    }

    /// Also where it is beyond what is read first.
    @Test(arguments: [1, 2, 3] as [UInt32], [200, 100_000] as [UInt64])
    func allVersionsOfQCOWHaveItAtOnePlace(_ version: UInt32, _ place: UInt64) throws {
        #expect(try backing(qcow(version: version, name: "/cache/disk", at: place)) == .named("/cache/disk"))
        #expect(try backing(qcow(version: version, name: "disk\0more", at: place)) == .named("disk"))
        #expect(try backing(qcow(version: version, name: "", at: 0)) == .none)
    }

    @Test func aHeaderThatBreaksOffIsToldAndNotTakenForARawDisk() throws {
        var torn = qcow(version: 3, name: "disk", at: 4096)
        torn.size = 4098
        for file in [
            torn, SampleFile.of([0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 1, 0, 0]), qcow(version: 4, name: "d", at: 200),
        ] {
            let file = try file.write(in: scratch)
            try file.truncate(to: min(file.status().size, 4098))
            #expect(throws: DiskImageError.self) { try DiskImage.backing(of: file) }
        }
    }

    private func qed(features: UInt64, length: UInt32 = 11) -> SampleFile {
        SampleFile(size: 1 << 20).piece(at: 0, count: 80) { bytes in
            bytes.put([0x51, 0x45, 0x44, 0], at: 0)
            bytes.putLittle(features, at: 16)
            bytes.putLittle(UInt32(64), at: 56)
            bytes.putLittle(length, at: 60)
            bytes.put("/cache/disk", at: 64)
        }
    }

    @Test func qedSaysWhetherItHasOne() throws {
        #expect(try backing(qed(features: 1)) == .named("/cache/disk"))
        #expect(try backing(qed(features: 2)) == .none)
        guard case .unclear = try backing(qed(features: 1, length: 5000)) else {
            Issue.record("a name of 5000 bytes")
            return
        }
    }

    @Test func parentsThatAreNotReadAreUnclear() throws {
        var differencing = Headers.vdi()
        differencing = differencing.piece(at: 0x4C, count: 4) { $0.putLittle(UInt32(4), at: 0) }
        for file in [
            differencing, Headers.vhd(kind: 4), .of(Array("# Disk DescriptorFile\nversion=1\n".utf8)),
            .of(Array("COWD".utf8) + [UInt8](repeating: 0, count: 508)),
        ] {
            guard case .unclear = try backing(file) else {
                Issue.record("\(file)")
                continue
            }
        }
        for file in [Headers.vdi(), Headers.vhd(), Headers.vhdx(), Headers.gpt(), .of([]), .of([0x51])] {
            #expect(try backing(file) == .none)
        }
    }
}
