import Foundation
import Testing

@testable import GlareModel

/// Documents as a publisher writes them.
enum Samples {
    static let created = Date(timeIntervalSince1970: 1_767_323_045)  // 2026-01-02T03:04:05Z

    static func version(
        _ content: String, size: Int64 = 1 << 30, transfer: ImageRecord.Version.Transfer? = nil
    ) -> ImageRecord.Version {
        let digest = SHA256Digest(of: Array(content.utf8))
        return ImageRecord.Version(
            id: VersionID(digest), sha256: digest, size: size, diskFormat: "qcow2", virtualSize: 10 << 30,
            dataSize: min(size, 700 << 20), modified: created, transfer: transfer)
    }

    static func record(_ name: String) throws -> ImageRecord {
        let versions = [version("new \(name)"), version("old \(name)", size: 1)]
        return ImageRecord(name: try ImageName(name), current: versions[0].id, versions: versions)
    }

    /// The catalogue's row of a record, for the bytes in which that is stored.
    static func row(_ record: ImageRecord, storedAs bytes: [UInt8]) throws -> Catalogue.Image {
        let current = try #require(record.currentVersion)
        return Catalogue.Image(
            name: record.name, current: current.id, size: current.size, sha256: current.sha256,
            record: Catalogue.Reference(to: bytes))
    }

    static func row(_ name: String) throws -> Catalogue.Image {
        let record = try record(name)
        return try row(record, storedAs: Document.encode(record))
    }

    static func catalogue(_ names: [String] = ["debian-12", "ubuntu-24.04"]) throws -> Catalogue {
        Catalogue(
            repository: "0123456789abcdef0123456789abcdef", serial: 1_767_323_045, created: created,
            images: try names.map { try row($0) })
    }
}

extension [UInt8] {
    /// The bytes with a text in them replaced wherever it stands; it must be there.
    func replacing(_ old: String, with new: String) throws -> [UInt8] {
        let text = String(decoding: self, as: UTF8.self)
        try #require(text.contains(old))
        return Array(text.replacingOccurrences(of: old, with: new).utf8)
    }
}
