import Foundation
import Testing

/// Imports point down only. Each rule has its reason beside it; who needs another import changes the
/// table, and says why.
struct ImportTests {
    private struct Rule {
        let module: String
        /// Modules of ours and packages that it may import.
        let allowed: Set<String>
        let reason: String
    }

    /// From the top of the design's list to its bottom.
    private static let rules = [
        Rule(
            module: "glare", allowed: ["GlareCLI"],
            reason: "main is one call; what the program does is in a library that tests can import"),
        Rule(
            module: "GlareCLI",
            allowed: [
                "GlareServer", "GlareSync", "GlareRepository", "GlareTransfer", "GlareDiskImage", "GlareModel",
                "GlareSystem", "ArgumentParser", "Logging", "Subprocess", "SystemPackage",
            ],
            reason: "the only user of ArgumentParser: libraries take values, not words"),
        Rule(
            module: "GlareServer",
            allowed: [
                "GlareModel", "GlareSystem", "Logging", "NIOCore", "NIOPosix", "NIOSSL", "UnixSignals",
                "SystemPackage",
            ],
            reason: "it serves a directory, and knows nothing of how that is written"),
        Rule(
            module: "GlareSync",
            allowed: [
                "GlareTransfer", "GlareDiskImage", "GlareModel", "GlareSystem", "AsyncHTTPClient", "NIOCore",
                "NIOHTTP1", "NIOPosix", "NIOSSL", "SystemPackage",
            ],
            reason: "the only user of AsyncHTTPClient; a host needs no publisher's code"),
        Rule(
            module: "GlareRepository",
            allowed: ["GlareTransfer", "GlareDiskImage", "GlareModel", "GlareSystem", "SystemPackage"],
            reason: "a publisher works on files, never on the network"),
        Rule(
            module: "GlareTransfer", allowed: ["GlareModel", "GlareSystem", "CZstd", "CXXHash"],
            reason: "bytes in, bytes out: shared by publisher and host, so it knows neither"),
        Rule(
            module: "GlareDiskImage", allowed: ["GlareSystem"],
            reason: "it reads hostile headers: the less it can reach, the better"),
        Rule(
            module: "GlareModel", allowed: ["Crypto", "CSHA256", "CSodium"],
            reason: "values and their bytes: without I/O, all of it can be tested in memory"),
        Rule(
            module: "GlareSystem", allowed: ["CGlareSystem", "SystemPackage", "Dispatch", "Synchronization"],
            reason: "the floor: it knows files, and nothing of images"),
    ]

    /// The standard library's own, which everybody may use. Foundation is not among them: it adds 44 MB.
    private static let common: Set<String> = ["FoundationEssentials", "Glibc", "Synchronization", "Dispatch"]

    private static let sources = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
            "Sources")

    @Test(arguments: rules.map(\.module))
    func importsPointDown(_ module: String) throws {
        let rule = try #require(Self.rules.first { $0.module == module })
        var checked = 0
        let files = try #require(
            FileManager.default.enumerator(
                at: Self.sources.appendingPathComponent(module), includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                guard let imported = Self.module(importedBy: line) else { continue }
                checked += 1
                let isAllowed = rule.allowed.contains(imported) || Self.common.contains(imported)
                #expect(isAllowed, "\(module)/\(file.lastPathComponent) imports \(imported): \(rule.reason)")
            }
        }
        #expect(checked > 0, "no import was found in \(module)")
    }

    @Test func everyModuleHasARule() throws {
        let modules = try FileManager.default.contentsOfDirectory(atPath: Self.sources.path).filter {
            !$0.hasPrefix("C")
        }
        #expect(Set(modules) == Set(Self.rules.map(\.module)))
    }

    private static func module(importedBy line: Substring) -> String? {
        var words = line.split(separator: " ")
        while let first = words.first,
            first.hasPrefix("@") || ["public", "internal", "package", "private", "fileprivate"].contains(first)
        {
            words.removeFirst()
        }
        guard words.first == "import", words.count > 1 else { return nil }
        let kinds = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
        let name = kinds.contains(String(words[1])) && words.count > 2 ? words[2] : words[1]
        return name.split(separator: ".").first.map(String.init)
    }
}
