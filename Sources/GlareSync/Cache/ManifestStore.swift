import GlareModel
import GlareSystem

/// Manifests of a cache's versions, by the digest of the image: they tell which frames are here already.
struct ManifestStore: Sendable {
    static let name = "manifests"

    let directory: Directory

    /// - Parameter isRight: Whether these bytes are the ones that are meant.
    /// - Returns: Nil where there is none that can be used.
    func read(_ image: SHA256Digest, where isRight: ([UInt8]) -> Bool = { _ in true }) throws -> Manifest? {
        guard let file = try directory.fileIfPresent(image.hex) else { return nil }
        let bytes = try file.readAll(limit: Manifest.sizeLimit)
        guard isRight(bytes), let manifest = try? Manifest(bytes, subject: file.path), manifest.image.text == image
        else { return nil }
        return manifest
    }

    func removeAll(except images: Set<SHA256Digest>) throws {
        for name in try directory.names() where SHA256Digest(hex: name).map({ !images.contains($0) }) ?? true {
            try directory.remove(name)
        }
    }
}
