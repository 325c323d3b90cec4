/// What a verification has found in one directory: what is wrong, and what is right.
public struct Findings: Sendable, Equatable {
    /// The directory, to which paths are relative.
    private let root: String
    public private(set) var all: [Finding] = []
    /// Paths of what is there and right.
    public private(set) var sound: Set<String> = []

    public init(in root: String) { self.root = root.hasSuffix("/") ? root : root + "/" }

    public mutating func add(_ finding: Finding) {
        sound.remove(finding.path)
        all.append(finding)
    }

    public mutating func add(
        _ path: String, _ fault: Finding.Fault, expected: String? = nil, found: String? = nil, _ advice: String?
    ) {
        add(Finding(root + path, fault, expected: expected, found: found, advice: advice))
    }

    public mutating func pass(_ path: String) { sound.insert(root + path) }

    /// Nothing refers to it. What is wrong besides is told once.
    public mutating func addOrphan(_ path: String) {
        guard !all.contains(where: { $0.path == root + path }) else { return }
        add(path, .orphan, "nothing refers to it: remove it, if nobody needs it")
    }
}
