/// What a verification found to be otherwise than it should be.
public struct Finding: Sendable, Equatable {
    public enum Fault: String, Sendable {
        /// It holds something else than it should.
        case wrong
        case missing
        /// The disk, or the system, does not give it.
        case unreadable
        /// Nothing refers to it: it takes room, and does no harm.
        case orphan
    }

    public let path: String
    public let fault: Fault
    /// What should be there, and what is: digests, or words.
    public let expected: String?
    public let found: String?
    /// What to do about it.
    public let advice: String?
    public var isRepaired = false

    public init(
        _ path: String, _ fault: Fault, expected: String? = nil, found: String? = nil, advice: String? = nil
    ) {
        (self.path, self.fault) = (path, fault)
        (self.expected, self.found, self.advice) = (expected, found, advice)
    }

    /// Whether it is wrong, and goes on to be.
    public var isOpen: Bool { fault != .orphan && !isRepaired }
}

/// What came of a verification.
public struct VerificationReport: Sendable {
    /// By path.
    public var findings: [Finding]
    /// Files that were looked at, and their bytes.
    public let files: Int
    public let bytes: Int64
    /// What could not be looked at, and why.
    public let limits: [String]
    /// Paths of what is there and was found to be right.
    public let sound: Set<String>

    public init(findings: [Finding], files: Int, bytes: Int64, limits: [String], sound: Set<String>) {
        self.sound = sound
        self.findings = findings.sorted { ($0.path, $0.fault.rawValue) < ($1.path, $1.fault.rawValue) }
        (self.files, self.bytes, self.limits) = (files, bytes, limits)
    }

    /// Whether something is wrong that was not repaired.
    public var isWrong: Bool { findings.contains(where: \.isOpen) }

    /// This, found before a repair, with what was found after it. Repaired is what is there now and right; what is
    /// merely not looked for any more stays what it was.
    ///
    /// - Parameter isReplaced: Whether something else, which is right, is there now in place of a path.
    public func repaired(
        leaving after: VerificationReport, where isReplaced: (String) -> Bool
    ) -> VerificationReport {
        let left = Set(after.findings.map(\.path))
        let before = findings.filter { $0.fault != .orphan && !left.contains($0.path) }.map { finding in
            var finding = finding
            finding.isRepaired = after.sound.contains(finding.path) || isReplaced(finding.path)
            return finding
        }
        return VerificationReport(
            findings: before + after.findings, files: after.files, bytes: after.bytes, limits: after.limits,
            sound: after.sound)
    }
}
