import GlareDiskImage
import GlareSystem
import GlareTestSupport
import Testing

/// Whatever the bytes are, the answer is a disk or a ``DiskImageError``: never a crash, and never a
/// system error, which would tell of a read outside the file.
@Suite struct HostileHeaderTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    enum Sample: String, CaseIterable {
        case qcow2Version2, qcow2Version3, vmdk, streamedVMDK, vdi, dynamicVHD, fixedVHD, vhdx, iso, gpt, mbr, fat, ext4

        var file: SampleFile {
            switch self {
            case .qcow2Version2: Headers.qcow2(version: 2)
            case .qcow2Version3: Headers.qcow2()
            case .vmdk: Headers.vmdk()
            case .streamedVMDK: Headers.streamedVMDK()
            case .vdi: Headers.vdi()
            case .dynamicVHD: Headers.vhd()
            case .fixedVHD: Headers.vhd(kind: 2, size: 65_024)
            case .vhdx: Headers.vhdx()
            case .iso: Headers.iso()
            case .gpt: Headers.gpt()
            case .mbr: Headers.mbr()
            case .fat: Headers.fat(sectors: 2880, perCluster: 1, tableSectors: 9)
            case .ext4: Headers.ext(compatible: 0x3c, incompatible: 0x2c2, readOnly: 0x46b)
            }
        }
    }

    /// Each length up to 4096 bytes, and each that ends inside a header further back.
    @Test(arguments: Sample.allCases) func truncated(_ sample: Sample) throws {
        let original = sample.file
        let file = try original.write(in: scratch)
        let insideHeaders = original.pieces.flatMap { Array($0.offset...$0.offset + Int64($0.bytes.count)) }
        for length in Set(Array(0...4096) + insideHeaders).sorted(by: >) where length < original.size {
            try file.truncate(to: length)
            _ = try verdict(on: file)
        }
        #expect(try verdict(on: file) == .refused)
    }

    @Test(arguments: Sample.allCases) func mutated(_ sample: Sample) throws {
        let pieces = sample.file.pieces
        let file = try sample.file.write(in: scratch)
        var random = SeededGenerator(seed: 20_260_718)
        var verdicts: [Verdict: Int] = [:]
        for _ in 0..<20_000 {
            let damaged = pieces.filter { _ in Bool.random(using: &random) }
            for piece in damaged { try file.write(mutate(piece.bytes, &random), at: piece.offset) }
            verdicts[try verdict(on: file), default: 0] += 1
            for piece in damaged { try file.write(piece.bytes, at: piece.offset) }
        }
        #expect(verdicts[.accepted, default: 0] > 0 && verdicts[.refused, default: 0] > 0, "\(verdicts)")
    }

    private enum Verdict { case accepted, refused }

    /// Rethrows what is no ``DiskImageError``, so that the test fails.
    private func verdict(on file: File) throws -> Verdict {
        do {
            let image = try DiskImage.recognise(file)
            if image.virtualSize <= 0 { Issue.record("a disk of \(image.virtualSize) bytes") }
            return .accepted
        } catch let error as DiskImageError {
            if error.description.isEmpty { Issue.record("an error without a message") }
            return .refused
        }
    }

    /// Damages one to four places: a bit, a byte, or a run that makes a field an extreme number.
    private func mutate(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[place] = .random(in: .min ... .max, using: &random)
            case 2: fill(&bytes, from: place, with: [0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0xff)
            default: fill(&bytes, from: place, with: 0)
            }
        }
        return bytes
    }

    private func fill(_ bytes: inout [UInt8], from place: Int, with value: UInt8) {
        for index in place..<min(place + 8, bytes.count) { bytes[index] = value }
    }
}

/// SplitMix64, so that a failure can be repeated. Source: Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
