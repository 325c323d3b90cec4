import Foundation
import Testing

/// One place makes files, publishes them and locks: GlareSystem. A second way would need the same proofs again.
struct SystemCallTests {
    /// Calls that make, name or sync files, and what is there instead.
    private static let calls: [(names: [String], instead: String)] = [
        (["rename", "renameat", "renameat2", "cglare_rename_new"], "TemporaryFile.publish, or Directory.rename"),
        (["link", "linkat", "symlink", "symlinkat"], "Directory.publishSecondName and publishSymbolicLink"),
        (["fsync", "fdatasync", "sync_file_range", "syncfs"], "TemporaryFile.publish, which syncs in the right order"),
        (["creat", "mkstemp", "mkostemp", "tmpfile", "fopen"], "TemporaryFile"),
        (["open", "openat", "cglare_openat"], "File and Directory, which follow no symlink"),
        (["O_CREAT", "O_TMPFILE"], "TemporaryFile"),
        (["flock", "lockf"], "DirectoryLock"),
        (["createFile", "moveItem", "linkItem", "replaceItem"], "TemporaryFile"),
    ]

    /// Files that may, and why.
    private static let exceptions = [
        "GenerateCommand.swift": "pages for packagers, in a directory of their own that nobody reads meanwhile"
    ]

    /// A call of the system's, or of Foundation's; `try open(path)` is one of Glare's own, which throw.
    private static func isCall(of name: String, in line: Substring) -> Bool {
        if name.hasPrefix("O_") { return line.contains(name) }
        let isMethod = ["createFile", "moveItem", "linkItem", "replaceItem"].contains(name)
        var rest = line
        while let found = rest.range(of: name + "(") {
            let before = rest[..<found.lowerBound]
            rest = rest[found.upperBound...]
            let last = before.last ?? " "
            if isMethod { return true }
            if last.isLetter || last.isNumber || last == "_" { continue }
            if last == "." && !before.hasSuffix("Glibc.") { continue }
            let isOurs = ["try ", "try await ", "func ", "case "].contains { before.hasSuffix($0) }
            if !isOurs { return true }
        }
        return false
    }

    private static func offences(in text: String, of file: String) -> [String] {
        text.split(separator: "\n").flatMap { line -> [String] in
            guard !line.drop(while: { $0 == " " }).hasPrefix("//") else { return [] }
            return calls.flatMap { rule in
                rule.names.filter { isCall(of: $0, in: line) }.map { "\(file) calls \($0): use \(rule.instead)" }
            }
        }
    }

    @Test func onlyGlareSystemMakesFiles() throws {
        let sources = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var checked = 0
        for case let file as URL in files where ["swift", "c"].contains(file.pathExtension) {
            guard !file.path.contains("/GlareSystem/"), !file.path.contains("/CGlareSystem/"),
                Self.exceptions[file.lastPathComponent] == nil
            else { continue }
            checked += 1
            let found = Self.offences(in: try String(contentsOf: file, encoding: .utf8), of: file.lastPathComponent)
            #expect(found == [])
        }
        #expect(checked > 100)
    }

    @Test(arguments: [
        "        guard rename(old, new) == 0 else {", "_ = Glibc.fsync(descriptor)",
        "let fd = open(path, O_RDWR | O_CREAT)",
        "FileManager.default.createFile(atPath: path, contents: nil)", "let result = linkat(a, b, c, d, 0)",
    ])
    func whatIsForbiddenIsFound(_ line: String) { #expect(!Self.offences(in: line, of: "X.swift").isEmpty) }

    @Test(arguments: [
        "guard let file = try open(path) else {", "    case open([ProcessName])",
        "try archive.rename(before, to: archive, as: name)",
        "    func link(_ name: String)", "// fsync(2) is GlareSystem's", "try cache.root.sync()",
    ])
    func whatIsOursIsNot(_ line: String) { #expect(Self.offences(in: line, of: "X.swift").isEmpty) }
}
