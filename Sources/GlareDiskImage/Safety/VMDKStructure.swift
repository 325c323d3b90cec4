/// A sparse VMDK's descriptor: what kind of image it is part of, and which files that has. Source: VMware, "Virtual
/// Disk Format 5.0", "The Descriptor File".
struct VMDKStructure {
    private static let largestDescriptor: UInt64 = 1 << 20
    private static let kinds = ["monolithicsparse", "streamoptimized"]
    private let source: HeaderSource

    init(_ source: HeaderSource) { self.source = source }

    func check() throws {
        let header = try VMDK.currentHeader(source)
        for (offset, what) in [(12, "capacity"), (20, "grain size")] {
            let (first, last) = (
                try source.head.littleEndian(offset, as: UInt64.self), try header.littleEndian(offset, as: UInt64.self)
            )
            guard first == last else {
                throw MalformedHeader(
                    expected: "the footer's \(what) to be the header's, \(first)", found: "\(last)")
            }
        }
        try check(descriptor: descriptor())
    }

    private func descriptor() throws -> [[UInt8]] {
        // QEMU looks in the second sector wherever the header says that it is.
        guard try source.head.littleEndian(28, as: UInt64.self) == 1 else {
            throw refused("has its descriptor elsewhere than in the second sector")
        }
        let length = try source.head.littleEndian(36, as: UInt64.self)
        guard length > 0, length <= Self.largestDescriptor / 512 else {
            throw refused("has no descriptor of at most 1 MiB")
        }
        // Bytes and not text: names in it may be of any encoding.
        let bytes = try source.window(at: 512, count: Int(length) * 512).bytes.prefix { $0 != 0 }
        return bytes.split { $0 == 0x0A || $0 == 0x0D }.map { line in
            Array(line.drop { $0 == 0x20 || $0 == 0x09 })
        }
    }

    private func check(descriptor lines: [[UInt8]]) throws {
        var (values, extents) = ([String: String](), [[[UInt8]]]())
        for line in lines {
            guard !contains(line, "parentfilenamehint") else {
                throw refused("names another file, which a host that opens it would open")
            }
            if line.first == UInt8(ascii: "#") { continue }
            let words = line.split { $0 == 0x20 || $0 == 0x09 }.map(Array.init)
            if let access = words.first,
                ["RW", "RDONLY", "NOACCESS"].contains(where: { access.elementsEqual($0.utf8) })
            {
                extents.append(words)
                continue
            }
            guard let sign = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let (key, value) = (plain(line[..<sign]), plain(line[(sign + 1)...]))
            guard ["createtype", "parentcid"].contains(key) else { continue }
            guard values.updateValue(value, forKey: key) == nil else { throw refused("says \(key) twice") }
        }
        let (kind, parent) = (values["createtype"] ?? "", values["parentcid"] ?? "ffffffff")
        guard Self.kinds.contains(kind) else {
            throw refused("is of the kind '\(kind)', which is not one file by itself")
        }
        guard parent == "ffffffff" else {
            throw refused("has only the changes to another file, which a host that opens it would open")
        }
        // RW SECTORS SPARSE "NAME": the name is what it once was called.
        guard extents.count == 1, extents[0].count > 3, extents[0][2].elementsEqual("SPARSE".utf8) else {
            throw refused("names \(extents.count) extents, where one in this file is expected")
        }
    }

    /// Small letters, digits and the like, without blanks and quotes.
    private func plain(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.filter { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            .lowercased()
    }

    private func contains(_ line: [UInt8], _ text: String) -> Bool {
        String(decoding: line.map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self).lowercased().contains(text)
    }

    private func refused(_ found: String) -> HazardFound {
        HazardFound(found, "make one file of it: 'qemu-img convert -O qcow2 OLD NEW'")
    }
}
