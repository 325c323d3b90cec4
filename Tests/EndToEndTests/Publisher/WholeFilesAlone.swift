import Foundation
import GlareTestSupport
import Testing

extension PublisherFixture {
    /// Makes the catalogue say nothing of frames and deltas.
    func offerWholeFilesAlone() throws {
        var catalogue = try #require(try json("images.json"))
        var rows = try #require(catalogue["images"] as? [[String: Any]])
        for index in rows.indices {
            let reference = try #require(rows[index]["record"] as? [String: Any])
            let path = "catalogue/\(try #require(reference["sha256"] as? String)).json"
            var record = try #require(try json(path))
            let versions = try #require(record["versions"] as? [[String: Any]])
            record["versions"] = versions.map { $0.filter { $0.key != "transfer" } }
            rows[index]["record"] = try saveRecord(record)
        }
        catalogue["images"] = rows
        try JSONSerialization.data(withJSONObject: catalogue).write(to: URL(fileURLWithPath: path("images.json")))
    }

    private func json(_ name: String) throws -> [String: Any]? {
        try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path(name)))) as? [String: Any]
    }

    /// - Returns: What the catalogue says of it.
    private func saveRecord(_ record: [String: Any]) throws -> [String: Any] {
        let bytes = try JSONSerialization.data(withJSONObject: record)
        let file = scratch.path("record.json")
        try bytes.write(to: URL(fileURLWithPath: file))
        let digest = try sha256(file)
        if !exists("catalogue/\(digest).json") {
            try FileManager.default.moveItem(atPath: file, toPath: path("catalogue/\(digest).json"))
        }
        return ["sha256": digest, "size": bytes.count]
    }
}
