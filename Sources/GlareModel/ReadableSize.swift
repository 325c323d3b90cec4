extension Int64 {
    /// Bytes as people read them: `412 B`, `1.5 GiB`.
    public var readableSize: String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(self)
        var unit = 0
        // As it will be shown: 1023.96 KiB are 1.0 MiB.
        while (value * 10).rounded() >= 10240 && unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(self) B" : "\(value.readable) \(units[unit])"
    }
}

extension Double {
    /// With one digit after the point, rounded.
    public var readable: String {
        let tenths = Int64((self * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
