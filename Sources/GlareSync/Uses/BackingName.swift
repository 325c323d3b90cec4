import FoundationEssentials
import GlareSystem

/// What a qcow2 calls its backing file.
enum BackingName {
    /// On this machine.
    case path(String)
    /// Behind a protocol: a block device over the network, or the like.
    case elsewhere
    /// Options of QEMU's in which no file was found.
    case unclear

    /// - Parameters:
    ///   - text: As the header has it. Source: QEMU, `path_combine` and `path_has_protocol` in `block.c`.
    ///   - disk: The path by which the disk was found: what a relative name counts from.
    init(_ text: String, of disk: String) {
        if text.hasPrefix("json:") {
            let options = try? JSONDecoder().decode(Options.self, from: Data(text.dropFirst("json:".count).utf8))
            guard let name = options?.name else {
                self = .unclear
                return
            }
            self = .path(Self.absolute(name, from: disk))
        } else if text.hasPrefix("file:") {
            self = .path(Self.absolute(String(text.dropFirst("file:".count)), from: disk))
        } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            self = .elsewhere
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
