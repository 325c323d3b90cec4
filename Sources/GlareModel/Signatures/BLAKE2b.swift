internal import CSodium

/// BLAKE2b with a digest of 64 bytes and no key (RFC 7693), by libsodium.
enum BLAKE2b {
    static func digest(of content: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64) { digest, count in
            crypto_generichash_blake2b(digest.baseAddress!, 64, content, UInt64(content.count), nil, 0)
            count = 64
        }
    }
}
