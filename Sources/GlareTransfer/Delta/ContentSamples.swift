/// Picks places in a content by what stands there, so that the same bytes give the same places wherever
/// they have moved to: a rolling hash of the last 64 bytes, and of all places those where its upper bits
/// are zero (the gear hash of Xia et al., "Ddelta", 2014; zstd's long-distance matching does the same).
struct ContentSamples {
    /// One byte in 2^this is a place.
    let rate: Int

    private static let gear: [UInt64] = {
        // SplitMix64 (Steele et al., 2014), from a fixed seed.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }()

    /// Gives each place's hash and its offset: that of the byte behind the 64 that it is of.
    func forEach(in bytes: UnsafeRawBufferPointer, _ body: (UInt32, Int) -> Void) {
        let mask = ~UInt64(0) << UInt64(64 - rate)
        // The bits below those of the mask: they depend on most of the 64 bytes, the lowest on the last one.
        let shift = UInt64(32 - rate)
        Self.gear.withUnsafeBufferPointer { gear in
            var hash: UInt64 = 0
            for index in 0..<bytes.count {
                hash = hash << 1 &+ gear[Int(bytes[index])]
                if hash & mask == 0 && index >= 63 {
                    body(UInt32(truncatingIfNeeded: hash >> shift), index + 1)
                }
            }
        }
    }
}
