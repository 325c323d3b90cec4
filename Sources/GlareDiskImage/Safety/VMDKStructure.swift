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

    private func descriptor() throws -> String {
        let place = try source.head.littleEndian(28, as: UInt64.self)
        let length = try source.head.littleEndian(36, as: UInt64.self)
        guard place > 0, length > 0, length <= Self.largestDescriptor / 512, place <= UInt64(source.size) / 512 else {
            throw refused("has no descriptor of at most 1 MiB")
        }
        let bytes = try source.window(at: Int64(place) * 512, count: Int(length) * 512).bytes.prefix { $0 != 0 }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw refused("has a descriptor that is no text")
        }
        return text
    }

    private func check(descriptor: String) throws {
        var (kind, parent, extents) = ("", "", [Substring]())
        for line in descriptor.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix("#") { continue }
            let words = line.split(separator: " ")
            if let access = words.first, ["RW", "RDONLY", "NOACCESS"].contains(access) {
                extents.append(line)
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\"" } }
            guard parts.count == 2 else { continue }
            if parts[0].lowercased() == "createtype" { kind = parts[1].lowercased() }
            if parts[0].lowercased() == "parentcid" { parent = parts[1].lowercased() }
        }
        guard Self.kinds.contains(kind) else {
            throw refused("is of the kind '\(kind)', which is not one file by itself")
        }
        guard parent.isEmpty || parent == "ffffffff" else {
            throw refused("has only the changes to another file, which a host that opens it would open")
        }
        // RW SECTORS SPARSE "NAME": the name is what it once was called.
        guard extents.count == 1, extents[0].split(separator: " ").dropFirst(2).first == "SPARSE" else {
            throw refused("names \(extents.count) extents, where one in this file is expected")
        }
    }

    private func refused(_ found: String) -> HazardFound {
        HazardFound(found, "make one file of it: 'qemu-img convert -O qcow2 OLD NEW'")
    }
}
