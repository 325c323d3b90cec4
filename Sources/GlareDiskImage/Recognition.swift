/// What a format's reader found out.
struct Recognition {
    let virtualSize: Int64
    let summary: String

    /// - Parameters:
    ///   - count: The disk's size as the header has it, in units.
    ///   - unit: Bytes of a unit, for headers that count sectors or blocks.
    init(_ summary: String, size count: UInt64, unit: UInt64 = 1) throws {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow, bytes > 0, let size = Int64(exactly: bytes) else {
            let found = unit == 1 ? "\(count) bytes" : "\(count) blocks of \(unit) bytes"
            throw MalformedHeader(expected: "a disk of 1 to \(Int64.max) bytes", found: "one of \(found)")
        }
        self.virtualSize = size
        self.summary = summary
    }
}
