import Foundation
import GlareDiskImage
import GlareSystem
import GlareTestSupport
import Testing

/// What hosts may open, and what they may not, of images that programs made.
@Suite("Images that are what they say", .enabled(if: Machine.has("qemu-img") && Machine.has("mkfs.ext4")))
struct SafetyTests {
    private let scratch: Scratch
    /// A raw disk with a filesystem and some data on it.
    private let raw: String

    init() throws {
        scratch = try Scratch()
        raw = try SampleFile(size: 16 << 20).write(in: scratch, as: "content").path
        try mustRun("mkfs.ext4", ["-q", "-F", raw])
    }

    private func make(_ format: String, _ options: [String] = [], as name: String = "disk") throws -> String {
        let path = scratch.path(name)
        try mustRun("qemu-img", ["convert", "-f", "raw", "-O", format] + options + [raw, path])
        return path
    }

    private func inspect(_ path: String, _ rules: InspectionRules = InspectionRules()) throws -> Inspection {
        try DiskImage.inspect(File.open(path), rules)
    }

    private func edit(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }

    // MARK: Good ones

    @Test(arguments: [
        ["qcow2"], ["qcow2", "-o", "compat=0.10"], ["qcow2", "-c"], ["qcow2", "-c", "-o", "compression_type=zstd"],
        ["qcow2", "-o", "extended_l2=on"], ["qcow2", "-o", "cluster_size=512"], ["qcow2", "-o", "cluster_size=2M"],
        ["qcow2", "-o", "preallocation=metadata"], ["qcow2", "-o", "lazy_refcounts=on"],
        ["qcow2", "-o", "refcount_bits=1"],
        ["vmdk"], ["vmdk", "-o", "subformat=streamOptimized"], ["vdi"], ["vdi", "-o", "static=on"], ["vpc"],
        ["vpc", "-o", "subformat=fixed"], ["vhdx"], ["vhdx", "-o", "subformat=fixed"], ["raw"],
    ])
    func goodOnesPass(_ words: [String]) throws {
        let found = try inspect(make(words[0], Array(words.dropFirst())))
        #expect(found.hazard == nil, "\(found.hazard?.reason ?? "")")
        #expect(found.warnings.isEmpty)
    }

    @Test func anEncryptedOnePasses() throws {
        let path = scratch.path("luks")
        let words =
            ["create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=x"]
            + ["-o", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", path, "8M"]
        // It measures how fast it is, and gives up on a busy machine.
        for _ in 0..<20 where try run("qemu-img", words).status == 0 {
            #expect(try inspect(path).hazard == nil)
            return
        }
        Issue.record("qemu-img made no encrypted image")
    }

    @Test func aSnapshotInsideIsNoOtherFile() throws {
        let path = try make("qcow2")
        try mustRun("qemu-img", ["snapshot", "-c", "s", path])
        #expect(try inspect(path).hazard == nil)
    }

    @Test func aHybridISOAndAnImageForUEFIPass() throws {
        let iso = Headers.iso().piece(at: 446, count: 66) { bytes in
            bytes[0] = 0x80
            bytes[4] = 0x17
            bytes.putLittle(UInt32(64), at: 12)
            bytes.put([0x55, 0xaa], at: 64)
        }
        #expect(
            try DiskImage.inspect(iso.write(in: scratch, as: "a.iso"), InspectionRules(name: "a.iso")).hazard == nil)
        let gpt = try DiskImage.inspect(
            Headers.gpt().write(in: scratch, as: "uefi.raw"), InspectionRules(name: "uefi.raw"))
        #expect(gpt.hazard == nil)
    }

    // MARK: Other files

    @Test func aBackingFileIsAHazard() throws {
        let base = try make("qcow2", as: "base")
        let path = scratch.path("overlay")
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, path])
        #expect(try inspect(path).hazard?.reason.contains("has a backing file") == true)
    }

    @Test func anExternalDataFileIsAHazard() throws {
        let path = scratch.path("disk")
        try mustRun(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-o", "data_file=\(scratch.path("data"))", path, "8M"])
        #expect(try inspect(path).hazard?.reason.contains("has its data in another file") == true)
    }

    @Test(arguments: ["twoGbMaxExtentSparse", "monolithicFlat", "twoGbMaxExtentFlat"])
    func aVMDKOfSeveralFilesIsNone(_ kind: String) throws {
        let path = try make("vmdk", ["-o", "subformat=\(kind)"], as: "disk.vmdk")
        #expect(throws: DiskImageError.self) { try inspect(path) }
        // Its first extent alone is as little.
        if kind == "twoGbMaxExtentSparse" {
            #expect(try inspect(scratch.path("disk-s001.vmdk")).hazard != nil)
        }
    }

    @Test func aDescriptorThatNamesOthersIsAHazard() throws {
        for (old, new) in [
            ("createType=\"monolithicSparse\"", "createType=\"vmfsSparse\"      "),
            ("parentCID=ffffffff", "parentCID=12345678"), (" SPARSE \"", " FLAT   \""),
        ] {
            let path = try make("vmdk")
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            let place = try #require(data.range(of: Data(old.utf8))?.lowerBound)
            try edit(path, at: place, Array(new.utf8))
            #expect(try inspect(path).hazard != nil, "\(new)")
        }
    }

    @Test func differencingDisksAreHazards() throws {
        let vdi = try make("vdi")
        try edit(vdi, at: 0x4C, [4, 0, 0, 0])
        #expect(try inspect(vdi).hazard?.reason.contains("only the changes") == true)
        let vhd = try make("vpc")
        let size = try PublishedSize.of(vhd)
        for footer in [0, size - 512] { try edit(vhd, at: footer + 60, [0, 0, 0, 4]) }
        #expect(try inspect(vhd).hazard?.reason.contains("only the changes") == true)
    }

    private enum PublishedSize {
        static func of(_ path: String) throws -> Int { Int(try File.open(path).status().size) }
    }

    // MARK: Torn ones

    /// The commonest mistake: nothing in the header tells it.
    @Test(arguments: [["-o", "compat=1.1"], ["-c"], ["-o", "extended_l2=on"], ["-o", "cluster_size=4k"]])
    func aQCOW2CutInHalfIsAHazard(_ options: [String]) throws {
        let path = try make("qcow2", options)
        let size = try PublishedSize.of(path)
        truncate(path, off_t(size / 2))
        let hazard = try inspect(path).hazard
        #expect(hazard?.reason.contains("the file is probably cut off") == true, "\(hazard?.reason ?? "none")")
    }

    @Test func marksOfTroubleAreHazards() throws {
        for (bit, advice) in [(0, "check -r all"), (1, "check -r all"), (60, "features that are not known")] {
            let path = try make("qcow2")
            var bytes = [UInt8](repeating: 0, count: 8)
            bytes[7 - bit / 8] = 1 << UInt8(bit % 8)
            try edit(path, at: 72, bytes)
            #expect(try inspect(path).hazard?.reason.contains(advice) == true)
        }
        let version = try make("qcow2")
        try edit(version, at: 4, [0, 0, 0, 4])
        #expect(throws: DiskImageError.self) { try inspect(version) }
    }

    @Test func aFooterThatContradictsItsHeaderIsAHazard() throws {
        let path = scratch.path("disk")
        let file = try Headers.streamedVMDK().write(in: scratch)
        _ = try? DiskImage.inspect(file, InspectionRules())
        let made = try make("vmdk", ["-o", "subformat=streamOptimized"])
        let size = try PublishedSize.of(made)
        // Only where there is one: qemu-img writes none where it can seek.
        let footer = try Data(contentsOf: URL(fileURLWithPath: made)).dropFirst(size - 1024).prefix(4)
        if footer.elementsEqual(Array("KDMV".utf8)) {
            try edit(path, at: size - 1024 + 12, [1])
            #expect(try inspect(made).hazard != nil)
        }
    }

    @Test func aDiskThatIsTooLargeIsAHazard() throws {
        let path = scratch.path("disk")
        try mustRun("qemu-img", ["create", "-q", "-f", "qcow2", path, "63T"])
        #expect(try inspect(path).hazard?.reason.contains("LARGEST_DISK") == true)
        #expect(try inspect(path, InspectionRules(largestDisk: 64 << 40)).hazard == nil)
        let small = try make("qcow2", as: "small")
        #expect(try inspect(small, InspectionRules(largestDisk: 8 << 20)).hazard != nil)
    }

    // MARK: Two things at once

    @Test func whatIsTwoThingsIsAHazard() throws {
        let marks: [(String, [UInt8])] = [
            ("VHD", Array("conectix".utf8)), ("ISO", Array("CD001".utf8)), ("VDI", [0x7f, 0x10, 0xda, 0xbe]),
        ]
        for (name, mark) in marks {
            let path = try make("qcow2", ["-o", "cluster_size=64k"])
            let size = try PublishedSize.of(path)
            truncate(path, off_t(size + 512))
            try edit(path, at: ["VHD": size, "ISO": 0x8001, "VDI": 0x40][name] ?? 0, mark)
            let reason = try inspect(path).hazard?.reason
            #expect(reason?.contains("at once") == true, "\(name): \(reason ?? "none")")
        }
        // A footer makes a VHD of a disk with an MBR, which is one thing.
        #expect(try inspect(make("vpc", ["-o", "subformat=fixed"])).hazard == nil)
    }

    /// Raw has no mark of its own: any other program's makes it a trap for who goes by that.
    @Test func aRawDiskWithAnothersMarkIsAHazard() throws {
        let marks: [[UInt8]] = [
            Array("#x\nversion=1\ncreateType=\"monolithicFlat\"\nRW 2 FLAT \"/etc/passwd\" 0\n".utf8),
            [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 1], [0x51, 0x45, 0x44, 0x00], Array("COWD".utf8),
            Array("WithoutFreeSpace".utf8),
        ]
        for mark in marks {
            let file = try Headers.mbr().piece(at: 0, count: mark.count) { $0 = mark }.write(in: scratch)
            for format in [nil, DiskImageFormat.raw] {
                let found = try DiskImage.inspect(file, InspectionRules(format: format))
                #expect(found.image.format == .raw && found.hazard?.reason.contains("at once") == true, "\(mark)")
            }
            let alone = try SampleFile(size: 4096).piece(at: 0, count: mark.count) { $0 = mark }.write(in: scratch)
            if let found = try? DiskImage.inspect(alone, InspectionRules(format: .raw)) {
                #expect(found.hazard != nil, "\(mark)")
            }
        }
    }

    /// QEMU goes by these words alone, in the second sector, whatever stands before and behind them.
    @Test func aVMDKThatNamesAParentIsAHazard() throws {
        let path = try make("vmdk")
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let place = try #require(data.range(of: Data("ddb.adapterType".utf8))?.lowerBound)
        try edit(path, at: place, Array("parentFileNameHint=\"/etc/x\"\n".utf8))
        #expect(try inspect(path).hazard?.reason.contains("names another file") == true)
        let moved = try make("vmdk")
        try edit(moved, at: 28, [100])
        #expect(try inspect(moved).hazard != nil)
    }

    @Test func aDescriptorMayBeOfAnyEncoding() throws {
        let path = try make("vmdk")
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let encoding = try #require(data.range(of: Data("\"disk\"".utf8)))
        try edit(path, at: encoding.lowerBound, [0x22, 0x42, 0xfc, 0x72, 0x6f, 0x22])
        let extent = try #require(data.range(of: Data(" SPARSE ".utf8)))
        try edit(path, at: extent.lowerBound, Array("\tSPARSE\t".utf8))
        #expect(try inspect(path).hazard == nil)
    }

    // MARK: Names

    @Test(arguments: [
        ("a.raw", true), ("a.qcow2", false), ("a.QCOW2", false), ("a.vmdk", false), ("a.vhd", false), ("a.iso", false),
        ("a.img", true), ("a", true), ("qcow2", true),
    ])
    func aNameMustNotContradict(_ name: String, isRight: Bool) throws {
        let found = try inspect(raw, InspectionRules(name: name))
        #expect((found.hazard == nil) == isRight)
        #expect(try inspect(raw, InspectionRules(name: name, format: .raw)).hazard == nil)
        #expect(try inspect(raw, InspectionRules(name: name, format: .qcow2)).hazard != nil)
    }

    @Test func unknownContentIsRawWhereItsOwnerSaysSo() throws {
        let path = try scratch.file("data", String(repeating: "data ", count: 1000))
        #expect(throws: DiskImageError.self) { try inspect(path) }
        let found = try inspect(path, InspectionRules(format: .raw))
        #expect(found.hazard == nil && found.image.format == .raw && found.image.virtualSize == 5000)
        // What is a container is none the less one.
        #expect(try inspect(make("qcow2"), InspectionRules(format: .raw)).hazard != nil)
    }

    @Test func aPartitionBeyondTheEndIsAWarning() throws {
        let mbr = try Headers.mbr(sectors: 1 << 20).write(in: scratch)
        let found = try DiskImage.inspect(mbr, InspectionRules())
        #expect(found.hazard == nil && found.warnings.count == 1, "\(found.warnings)")
    }
}

/// Damaged tables and headers: an answer for each, no crash, no endless loop.
@Suite("Headers and tables that are damaged", .enabled(if: Machine.has("qemu-img")))
struct DamagedImageTests {
    @Test(arguments: ["qcow2", "vmdk", "streamOptimized", "vdi", "vpc", "vhdx"])
    func anyAnswerWillDo(_ format: String) throws {
        let scratch = try Scratch()
        let path = scratch.path("disk")
        let raw = scratch.path("raw")
        var random = SeededGenerator(seed: 20_261_125)
        try Data((0..<(1 << 20)).map { _ in UInt8.random(in: .min ... .max, using: &random) }).write(
            to: URL(fileURLWithPath: raw))
        let options =
            switch format {
            case "streamOptimized": ["-O", "vmdk", "-o", "subformat=streamOptimized"]
            // Two tables of 512 entries: with qemu's own choice they have 8,192 each, nearly all of them zero.
            case "qcow2": ["-O", format, "-o", "cluster_size=4k"]
            default: ["-O", format]
            }
        // A qcow2 begins with a cluster each for its header, its refcounts (two), L1 and L2.
        let tables = format == "qcow2" ? 5 * 4096 : 1 << 19
        try mustRun("qemu-img", ["convert", "-f", "raw"] + options + [raw, path])
        let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        let file = try File.open(path)
        var (safe, refused) = (0, 0)
        for _ in 0..<100_000 {
            // Where headers and tables are, most of the time.
            let limit = Bool.random(using: &random) ? 512 : min(good.count, tables)
            let places = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                Int.random(in: 0..<limit, using: &random)
            }
            for place in places {
                let extreme: UInt8 = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
                var bytes = [UInt8](repeating: extreme, count: Int.random(in: 1...8, using: &random))
                if Bool.random(using: &random) {
                    bytes = [good[place] ^ (1 << UInt8.random(in: 0..<8, using: &random))]
                }
                pwrite(descriptor, bytes, min(bytes.count, good.count - place), off_t(place))
            }
            do {
                if try DiskImage.inspect(file, InspectionRules()).hazard == nil { safe += 1 } else { refused += 1 }
            } catch is DiskImageError {
                refused += 1
            }
            for place in places {
                good.withUnsafeBytes {
                    _ = pwrite(descriptor, $0.baseAddress! + place, min(8, good.count - place), off_t(place))
                }
            }
        }
        #expect(safe > 0 && refused > 0, "\(safe) \(refused)")
    }
}
