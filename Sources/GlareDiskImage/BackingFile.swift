public import GlareSystem

extension DiskImage {
    /// What a disk is made on.
    public enum Backing: Equatable, Sendable {
        /// Nothing: all that the VM sees is in the file itself.
        case none
        /// The backing file's name as the header has it: a path, relative to the disk's directory, or what else QEMU
        /// takes for one, as `file:PATH` or `json:{…}`.
        case named(String)
        /// Another file, which is not read from this format.
        case unclear(reason: String)
    }

    /// What a disk is made on, as its header tells: 4 KiB are read of a disk without one of the headers known here,
    /// which stands for itself.
    ///
    /// Sources: QEMU, `docs/interop/qcow2.txt`, "Header"; `block/qcow.c`, `QCowHeader`, whose name of the backing
    /// file is at the same place; `docs/interop/qed_spec.rst`, "Header".
    ///
    /// - Parameter file: A regular file or a block device.
    /// - Throws: `SystemError`, and ``DiskImageError/malformed(path:format:reason:)`` for a header that breaks off.
    public static func backing(of file: File) throws -> Backing {
        let head = try HeaderSource(file, headLength: BackingFile.headLength)
        return switch BackingFile.Format(head.head) {
        case nil: .none
        case .qcow2: try malformed(file, .qcow2) { try BackingFile.ofQCOW2(head) }
        case .qed: try BackingFile.ofQED(head)
        case .other(let format):
            try malformed(file, format) { try BackingFile.ofOther(HeaderSource(file), format) }
        case .parts: .unclear(reason: "is a VMDK that has its data in other files")
        }
    }

    private static func malformed(
        _ file: File, _ format: DiskImageFormat, _ body: () throws -> Backing
    ) throws -> Backing {
        do {
            return try body()
        } catch let problem as MalformedHeader {
            throw DiskImageError.malformed(path: file.path, format: format, reason: problem.reason)
        }
    }
}

/// Where each format has the name of its backing file.
private enum BackingFile {
    static let headLength = 4 << 10
    /// As QEMU has it.
    static let longestName = 1023

    enum Format {
        /// Also its first version.
        case qcow2
        case qed
        /// One that may have a parent.
        case other(DiskImageFormat)
        /// A VMDK's descriptor, which names files.
        case parts

        /// Nil for a disk without a header that is known.
        init?(_ head: HeaderBytes) {
            if head.has([0x51, 0x46, 0x49, 0xfb]) {
                self = .qcow2
            } else if head.has([0x51, 0x45, 0x44, 0x00]) {
                self = .qed
            } else if head.has("KDMV") {
                self = .other(.vmdk)
            } else if head.has([0x7f, 0x10, 0xda, 0xbe], at: 0x40) {
                self = .other(.vdi)
            } else if head.has("conectix") {
                self = .other(.vpc)
            } else if head.has("vhdxfile") {
                self = .other(.vhdx)
            } else if head.has("# Disk DescriptorFile") || head.has("COWD") {
                self = .parts
            } else {
                return nil
            }
        }
    }

    static func ofQCOW2(_ source: HeaderSource) throws -> DiskImage.Backing {
        // Its own reader refuses versions that nobody knows yet; the first one has a header of 48 bytes.
        if try QCOW2.recognise(source) == nil { try source.head.requireLength(48) }
        let place = try source.head.bigEndian(8, as: UInt64.self)
        guard place != 0 else { return .none }
        return try name(in: source, at: place, length: source.head.bigEndian(16, as: UInt32.self))
    }

    static func ofQED(_ source: HeaderSource) throws -> DiskImage.Backing {
        do {
            guard try source.head.littleEndian(16, as: UInt64.self) & 1 != 0 else { return .none }
            return try name(
                in: source, at: UInt64(source.head.littleEndian(56, as: UInt32.self)),
                length: source.head.littleEndian(60, as: UInt32.self))
        } catch let problem as MalformedHeader {
            return .unclear(reason: "has a QED header that can't be right: \(problem.reason)")
        }
    }

    private static func name(in source: HeaderSource, at place: UInt64, length: UInt32) throws -> DiskImage.Backing {
        guard (1...longestName).contains(Int(length)), let offset = Int64(exactly: place) else {
            throw MalformedHeader(
                expected: "the name of a backing file, of at most \(longestName) bytes", found: "\(length) bytes")
        }
        let name = try source.window(at: offset, count: Int(length))
        try name.requireLength(Int(length))
        // QEMU's own is a C string.
        return .named(String(decoding: name.bytes.prefix { $0 != 0 }, as: UTF8.self))
    }

    static func ofOther(_ source: HeaderSource, _ format: DiskImageFormat) throws -> DiskImage.Backing {
        do {
            if format == .vmdk { try VMDKStructure(source).check() }
            try ParentReference.requireNone(source, format)
            return .none
        } catch let hazard as HazardFound {
            return .unclear(reason: hazard.reason)
        }
    }
}
