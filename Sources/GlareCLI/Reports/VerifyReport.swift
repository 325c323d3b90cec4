import GlareModel

/// What `verify` tells.
struct VerifyReport: Encodable {
    let path: String
    /// `repository` or `cache`.
    let kind: String
    let files: Int
    let bytes: Int64
    let findings: [Finding]
    /// How many are wrong still, were repaired, and are needed by nothing.
    let wrong, repaired, orphans: Int
    /// What could not be looked at, and why.
    let limits: [String]
    let seconds: Double

    private let report: VerificationReport
    private let time: Duration

    struct Finding: Encodable {
        let path, fault: String
        let expected, found, advice: String?
        let repaired: Bool
    }

    enum CodingKeys: String, CodingKey {
        case path, kind, files, bytes, findings, wrong, repaired, orphans, limits, seconds
    }

    init(_ report: VerificationReport, of path: String, kind: String, in time: Duration) {
        (self.report, self.path, self.kind, self.time) = (report, path, kind, time)
        (files, bytes, limits) = (report.files, report.bytes, report.limits)
        findings = report.findings.map {
            Finding(
                path: $0.path, fault: $0.fault.rawValue, expected: $0.expected, found: $0.found, advice: $0.advice,
                repaired: $0.isRepaired)
        }
        wrong = report.findings.count(where: \.isOpen)
        repaired = report.findings.count(where: \.isRepaired)
        orphans = report.findings.count - wrong - repaired
        seconds = Readable.milliseconds(time)
    }

    func tell(_ output: Output) throws {
        try output.json(self)
        for finding in report.findings {
            if finding.isRepaired {
                output.result("\(finding.path): repaired; it \(finding.fault.words)")
            } else if !output.isJSON {
                output.warn("\(finding.path): it \(finding.words)")
            }
        }
        for limit in limits { output.note(limit) }
        let counts = [(wrong, "wrong"), (repaired, "repaired"), (orphans, "not needed")].filter { $0.0 > 0 }
            .map { "\($0) \($1)" }.joined(separator: ", ")
        output.result(
            "\(path): \(Readable.count(files, "file")) verified, \(Readable.size(bytes)), in \(Readable.seconds(time)); \(counts.isEmpty ? "all is right" : counts)"
        )
    }
}

extension Finding.Fault {
    fileprivate var words: String {
        switch self {
        case .wrong: "was wrong"
        case .missing: "was missing"
        case .unreadable: "could not be read"
        case .orphan: "was needed by nothing"
        }
    }
}

extension Finding {
    /// What is found, what was expected, and what to do.
    fileprivate var words: String {
        let what =
            switch fault {
            case .wrong: "is wrong"
            case .missing: "is missing"
            case .unreadable: "can't be read"
            case .orphan: "is not needed"
            }
        let facts = [expected.map { "expected \($0)" }, found.map { "found \($0.safeForDisplay)" }].compactMap { $0 }
        return what + (facts.isEmpty ? "" : ": " + facts.joined(separator: ", ")) + (advice.map { "; \($0)" } ?? "")
    }
}
