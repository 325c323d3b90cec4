import Foundation
import GlareTestSupport
import Testing

/// What the release build promises to those who copy it to another machine.
@Suite(
    .enabled(
        if: Machine.isCI || GlareBinary.release != nil, "started without GLARE_RELEASE_BINARY; `make test` sets it"))
struct ReleaseBinaryTests {
    private func binary() throws -> String { try #require(GlareBinary.release, "GLARE_RELEASE_BINARY is not set") }

    @Test func needsOnlyTheCLibrary() throws {
        let needed = try mustRun("readelf", ["-d", binary()]).split(separator: "\n")
            .filter { $0.contains("(NEEDED)") }
            .compactMap { $0.split(separator: "[").last?.split(separator: "]").first.map(String.init) }
        let glibc: Set = ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"]
        #expect(!needed.isEmpty)
        #expect(Set(needed).isSubset(of: glibc), "needs \(needed)")
    }

    /// The README names the systems that have it.
    @Test func runsWithGlibc235() throws {
        let symbols = try mustRun("readelf", ["--dyn-syms", "--wide", binary()])
        let versions = symbols.components(separatedBy: "@GLIBC_").dropFirst().compactMap { text -> [Int]? in
            let number = text.prefix { $0.isNumber || $0 == "." }
            return number.isEmpty ? nil : number.split(separator: ".").compactMap { Int($0) }
        }
        let highest = try #require(versions.max { $0.lexicographicallyPrecedes($1) })
        #expect(!([2, 35].lexicographicallyPrecedes(highest)), "needs glibc \(highest)")
    }

    @Test func isStrippedAndSmall() throws {
        let sections = try mustRun("readelf", ["-S", "--wide", binary()])
        #expect(!sections.contains(".symtab"))
        #expect(!sections.contains(".debug_info"))
        let size = try #require(FileManager.default.attributesOfItem(atPath: binary())[.size] as? Int)
        #expect(size <= 45_000_000)
    }

    @Test func hasALinkForEachCommand() throws {
        let directory = URL(fileURLWithPath: try binary()).deletingLastPathComponent()
        for name in ["add-image", "rebuild-index", "serve", "sync", "list", "log"] {
            let help = try run(directory.appendingPathComponent("glare-\(name)").path, ["--help"])
            #expect(help.status == 0)
            #expect(help.stdout.contains("glare \(name)"))
        }
    }

    /// What the optimiser makes of memory that C reads.
    @Test func makesAVersionAgainFromItsFrames() throws {
        let scratch = try Scratch()
        let (repository, file) = (try scratch.directory("repository"), scratch.path("disk"))
        try DiskImages.raw(at: file, seed: 1, size: 64 << 20, data: 64 << 10)
        // What compresses, so that there are frames.
        let image = try FileHandle(forUpdating: URL(fileURLWithPath: file))
        try image.seek(toOffset: 1 << 20)
        try image.write(contentsOf: Data((0..<2_000_000).map { "line \($0)\n" }.joined().utf8))
        try image.close()
        let environment = GlareBinary.environment()
        let glare = { (arguments: [String]) in
            try run(self.binary(), arguments + ["-d", repository], environment: environment)
        }
        try #require(try glare(["add-image", "-i", file, "-m", "m"]).status == 0)
        let version = scratch.path("repository/archive/disk-\(try sha256(file).prefix(32))")
        chmod(version, 0o644)
        try #require(truncate(version, 1 << 20) == 0)
        try #require(try glare(["verify"]).status == 4)
        let result = try glare(["verify", "--repair"])
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try sha256(version) == sha256(file))
    }
}
