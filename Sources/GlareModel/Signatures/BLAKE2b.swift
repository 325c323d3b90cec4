internal import CSodium

/// BLAKE2b with a digest of 64 bytes and no key (RFC 7693), by libsodium.
enum BLAKE2b {
    static func digest(of content: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 64)
        crypto_generichash_blake2b(&digest, digest.count, content, UInt64(content.count), nil, 0)
        return digest
    }
}
