import GlareModel
import GlareSync

/// What `doctor` tells.
struct DoctorReport: Encodable {
    let findings: [Item]
    let problems, warnings: Int

    struct Item: Encodable {
        let severity: HostFinding.Severity
        let subject, message: String
        let mend: String?
    }

    init(_ findings: [HostFinding]) {
        self.findings = findings.map {
            Item(severity: $0.severity, subject: $0.subject, message: $0.message, mend: $0.mend)
        }
        problems = findings.filter { $0.severity == .problem }.count
        warnings = findings.filter { $0.severity == .warning }.count
    }

    func tell(_ output: Output) throws {
        try output.json(self)
        for item in findings {
            let text = "\(item.subject): \(item.message.safeForDisplay)"
            switch item.severity {
            case .good: output.result("good     \(text)")
            case .warning: output.result("warning  \(text)\(Self.mend(item))")
            case .problem: if !output.isJSON { output.data("problem  \(text)\(Self.mend(item))\n") }
            }
        }
        output.result("\(Readable.count(problems, "problem")), \(Readable.count(warnings, "warning"))")
    }

    private static func mend(_ item: Item) -> String {
        item.mend.map { "\n         → \(Hints.complete($0.safeForDisplay))" } ?? ""
    }
}
