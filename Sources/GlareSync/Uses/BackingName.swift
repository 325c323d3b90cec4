import FoundationEssentials
import GlareSystem

/// What a disk calls its backing file.
enum BackingName {
    /// On this machine.
    case path(String)
    /// Behind a protocol that leads to no file of this machine's.
    case elsewhere
    /// Options of QEMU's in which no file was found, or a protocol that may lead to one.
    case unclear

    /// Source: QEMU, `block/`, the `protocol_name` of each driver.
    private static let protocolsElsewhere: Set<Substring> = [
        "nbd", "nbd+tcp", "nbd+unix", "nbds", "nbds+tcp", "rbd", "iscsi", "iser", "http", "https", "ftp", "ftps", "ssh",
        "gluster", "gluster+tcp", "gluster+unix", "gluster+rdma", "nvme", "null-co", "null-aio",
    ]
    /// Those that are only a word before a path.
    private static let prefixes = ["file:", "host_device:", "host_cdrom:"]

    /// - Parameters:
    ///   - text: As the header has it. Source: QEMU, `path_combine` and `path_has_protocol` in `block.c`.
    ///   - disk: The path by which the disk was found: what a relative name counts from.
    init(_ text: String, of disk: String) {
        if text.hasPrefix("json:") {
            let options = try? JSONDecoder().decode(Options.self, from: Data(text.dropFirst("json:".count).utf8))
            // With it they overrule what the file's own header says.
            guard !text.contains("\"backing"), let name = options?.name else {
                self = .unclear
                return
            }
            self = .path(Self.absolute(name, from: disk))
        } else if let prefix = Self.prefixes.first(where: text.hasPrefix) {
            self = .path(Self.absolute(String(text.dropFirst(prefix.count)), from: disk))
        } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            self = Self.protocolsElsewhere.contains(text[..<colon]) ? .elsewhere : .unclear
        } else {
            self = .path(Self.absolute(text, from: disk))
        }
    }

    private static func absolute(_ name: String, from disk: String) -> String {
        name.hasPrefix("/") ? name : splitPath(disk).directory + "/" + name
    }

    /// As far as they tell a file: `{"driver": "qcow2", "file": {"driver": "file", "filename": "…"}}`, or the
    /// same in one level with dots.
    private struct Options: Decodable {
        let filename: String?
        let dotted: String?
        let file: Inner?

        struct Inner: Decodable { let filename: String? }

        enum CodingKeys: String, CodingKey {
            case filename, file
            case dotted = "file.filename"
        }

        var name: String? { filename ?? dotted ?? file?.filename }
    }
}
