public import GlareSystem

extension DiskImage {
    /// What a qcow2 is made on: its backing file's name as the header has it; nil for one without, and for a file
    /// of another format.
    ///
    /// It may be a path, relative to the disk's directory, `file:PATH`, or QEMU's `json:{…}`. Source: QEMU,
    /// `docs/interop/qcow2.txt`, "Header".
    ///
    /// - Throws: `SystemError`, and ``DiskImageError/malformed(path:format:reason:)`` for a header that breaks off.
    public static func backingFile(of file: File) throws -> String? {
        let source = try HeaderSource(file)
        do {
            guard try QCOW2.recognise(source) != nil else { return nil }
            let place = try source.head.bigEndian(8, as: UInt64.self)
            guard place != 0 else { return nil }
            let length = Int(try source.head.bigEndian(16, as: UInt32.self))
            guard (1...longestName).contains(length), let offset = Int64(exactly: place) else {
                throw MalformedHeader(
                    expected: "the name of a backing file, of at most \(longestName) bytes", found: "\(length) bytes")
            }
            let name = try source.window(at: offset, count: length)
            try name.requireLength(length)
            return String(decoding: name.bytes, as: UTF8.self)
        } catch let problem as MalformedHeader {
            throw DiskImageError.malformed(path: file.path, format: .qcow2, reason: problem.reason)
        }
    }

    /// As QEMU has it.
    private static let longestName = 1023
}
