import Foundation
import GlareTestSupport
import Testing

/// What of a repository a server lies about.
enum HostilePart: String, CaseIterable, Sendable {
    case signature, catalogue
    /// The catalogue, for a host that trusts a key.
    case signedCatalogue
    case record, manifest, frames, delta
    /// All that has the image's bytes, so that there is no other way.
    case image
    /// Of a repository of the original's.
    case list, name, changelog

    /// Of hosts that trust a key.
    var isSigned: Bool { self == .signature || self == .signedCatalogue }
    var isOriginal: Bool { [.list, .name, .changelog].contains(self) }
    /// Whether the image comes all the same, by frames or as a whole file.
    var hasAnotherWay: Bool { [.manifest, .frames, .delta].contains(self) }

    func content(of repository: HostileRepository) -> HostileRepository.Content {
        isOriginal ? repository.original : self == .delta ? repository.related : repository.unrelated
    }

    /// - Parameter catalogue: Where the signed catalogue is: its name in `catalogue/`.
    func contains(_ path: String, catalogue: String) -> Bool {
        switch self {
        case .signature: path == "/images.json.minisig"
        case .catalogue: path == "/images.json"
        case .signedCatalogue: path == "/catalogue/\(catalogue)"
        case .record: path.hasPrefix("/catalogue/") && path != "/catalogue/\(catalogue)"
        case .manifest: path.hasSuffix(".manifest")
        case .frames: path.hasSuffix(".zst")
        case .delta: path.hasSuffix(".delta")
        case .image: path.hasSuffix(".zst") || path.hasPrefix("/archive/")
        case .list: path == "/images.txt"
        case .name: path == "/disk"
        case .changelog: path == "/disk.md"
        }
    }
}

/// A request for what a server lies about.
struct HostileQuestion: Sendable {
    let request: ScriptedRequest
    /// What a good server would answer.
    let right: ScriptedReply
    /// Of a server that nobody has a reason to ask.
    let bystander: String
}

/// What a server does to a part, and what comes of it.
struct HostileScenario: Sendable, CustomTestStringConvertible {
    let name: String
    let part: HostilePart
    let status: Int32
    /// In what is said.
    var words = ""
    var options: [String] = []
    let tell: @Sendable (HostileQuestion) -> ScriptedReply

    var testDescription: String { "\(part.rawValue): \(name)" }

    init(
        _ name: String, _ part: HostilePart, _ status: Int32, _ words: String = "", options: [String] = [],
        _ tell: @escaping @Sendable (HostileQuestion) -> ScriptedReply
    ) {
        (self.name, self.part, self.status, self.words) = (name, part, status, words)
        (self.options, self.tell) = (options, tell)
    }

    /// The same to every part.
    ///
    /// - Parameter status: What comes of it.
    static func everywhere(
        _ name: String, options: [String] = [], status: (HostilePart) -> Int32,
        _ tell: @escaping @Sendable (HostileQuestion) -> ScriptedReply
    ) -> [HostileScenario] {
        HostilePart.allCases.map { HostileScenario(name, $0, status($0), options: options, tell) }
    }

    /// As the right answer ends.
    static func good(_ part: HostilePart) -> Int32 { 0 }

    /// As the connection's own failures end: tried again, then given up.
    static func noAnswer(_ part: HostilePart) -> Int32 { 69 }

    /// As an answer ends that no good server gives.
    static func refused(_ part: HostilePart) -> Int32 { part.hasAnotherWay ? 0 : 65 }

    /// As other bytes than the publisher's end.
    static func wrong(_ part: HostilePart) -> Int32 { part.isSigned ? 76 : refused(part) }
}
