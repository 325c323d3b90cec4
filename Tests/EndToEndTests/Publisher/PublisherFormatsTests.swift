import Foundation
import GlareTestSupport
import Testing

/// Every format that QEMU writes, around a real filesystem.
@Suite(.enabled(if: Machine.has("qemu-img") && Machine.has("mkfs.ext4")))
struct PublisherFormatsTests {
    let fixture: PublisherFixture
    init() throws { fixture = try PublisherFixture() }

    struct Format: Sendable, CustomTestStringConvertible {
        /// As `qemu-img` and our catalogue name it.
        let name: String
        let options: [String]
        var testDescription: String { ([name] + options).joined(separator: " ") }

        init(_ name: String, _ options: String...) { (self.name, self.options) = (name, options) }
    }

    static let formats = [
        Format("raw"), Format("qcow2"), Format("qcow2", "-o", "compat=0.10"), Format("qcow2", "-c"),
        Format("vmdk"), Format("vmdk", "-o", "subformat=streamOptimized"), Format("vdi"),
        Format("vdi", "-o", "static=on"), Format("vpc"), Format("vpc", "-o", "subformat=fixed"),
        Format("vpc", "-o", "force_size=on"), Format("vhdx"), Format("vhdx", "-o", "subformat=fixed"),
    ]

    struct Listing: Decodable {
        let images: [Image]
        struct Image: Decodable { let versions: [Version] }
        struct Version: Decodable {
            let diskFormat: String
            let size, virtualSize: Int
            enum CodingKeys: String, CodingKey {
                case size
                case diskFormat = "disk_format"
                case virtualSize = "virtual_size"
            }
        }
    }

    @Test(arguments: formats)
    func isPublishedWithTheSizeThatAMachineSees(format: Format) throws {
        let raw = fixture.scratch.path("images/raw")
        try mustRun("truncate", ["-s", "8M", raw])
        try mustRun("mkfs.ext4", ["-q", raw])
        let source = fixture.scratch.path("images/disk")
        try mustRun("qemu-img", ["convert", "-f", "raw", "-O", format.name] + format.options + [raw, source])

        let result = try fixture.add(source)
        try #require(result.status == 0, "\(result.stderr)")
        let listing: Listing = try fixture.decode(fixture.glare(["list", "-d", fixture.repository, "--json"]).stdout)
        let version = try #require(listing.images.first?.versions.first)
        #expect(version.diskFormat == format.name)
        #expect(try version.virtualSize == virtualSize(of: source, format))
        #expect(try version.size == PublisherFixture.Facts(source).size)
        #expect(try sha256(fixture.path("disk")) == sha256(source))
    }

    /// What QEMU says of it.
    private func virtualSize(of path: String, _ format: Format) throws -> Int {
        struct Info: Decodable {
            let virtualSize: Int
            enum CodingKeys: String, CodingKey { case virtualSize = "virtual-size" }
        }
        let info: Info = try fixture.decode(mustRun("qemu-img", ["info", "--output=json", "-f", format.name, path]))
        return info.virtualSize
    }
}
