import Foundation

/// Metrics in Prometheus' text format, looked at as those do who read them
/// (https://prometheus.io/docs/instrumenting/exposition_formats/), and by the rules of its own checker, which is
/// not on every machine.
public struct MetricsText {
    /// What is wrong, by lines; nothing where all is well.
    public private(set) var faults: [String] = []

    private struct Family {
        let name: String
        var type: String?
        var hasSamples = false
        /// Of a histogram: bounds and counts, in their order.
        var buckets: [(bound: Double, count: Double)] = []
        var count: Double?
    }

    private var families: Set<String> = []
    private var series: Set<String> = []
    private var family: Family?

    public init(_ text: String) {
        if !text.hasSuffix("\n") { faults.append("the last line has no end") }
        for line in text.split(separator: "\n") { read(String(line)) }
        endFamily()
    }

    /// What `promtool check metrics` has to say; nothing where it is not installed, as in CI: its package is 96 MB,
    /// and starts a server.
    public static func promtool(_ text: String) throws -> String {
        guard Machine.path(of: "promtool") != nil else { return "" }
        let result = try run("promtool", ["check", "metrics"], input: text)
        return result.stdout + result.stderr + (result.status == 0 ? "" : "status \(result.status)")
    }

    private mutating func read(_ line: String) {
        if let help = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/) {
            begin(String(help.1), line)
        } else if let type = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
            set(String(type.2), of: String(type.1), line)
        } else if let sample = line.wholeMatch(
            of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:,?[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*")+\})? (\S+)/)
        {
            take(String(sample.1), String(sample.2 ?? ""), String(sample.3), line)
        } else {
            faults.append("not a line of metrics: \(line)")
        }
    }

    private mutating func begin(_ name: String, _ line: String) {
        endFamily()
        if !families.insert(name).inserted { faults.append("a second time: \(line)") }
        family = Family(name: name)
    }

    private mutating func set(_ type: String, of name: String, _ line: String) {
        guard family?.name == name, family?.type == nil else { return faults.append("not after its HELP: \(line)") }
        family?.type = type
        if (type == "counter") != name.hasSuffix("_total") { faults.append("only counters end in _total: \(line)") }
    }

    private mutating func take(_ name: String, _ labels: String, _ text: String, _ line: String) {
        guard let value = Double(text.replacing("+Inf", with: "inf")) else { return faults.append("no value: \(line)") }
        if !series.insert(name + labels).inserted { faults.append("a second time: \(line)") }
        guard let current = family, let type = current.type else { return faults.append("without a TYPE: \(line)") }
        family?.hasSamples = true
        let suffix = name.hasPrefix(current.name) ? String(name.dropFirst(current.name.count)) : "another name"
        switch (type, suffix) {
        case ("histogram", "_bucket"):
            let bound = labels.firstMatch(of: /le="(.*?)"/).flatMap { Double($0.1.replacing("+Inf", with: "inf")) }
            guard let bound else { return faults.append("no bound: \(line)") }
            family?.buckets.append((bound, value))
        case ("histogram", "_count"): family?.count = value
        case ("histogram", "_sum"), ("counter", ""), ("gauge", ""): break
        default: faults.append("not of \(current.name): \(line)")
        }
        if type != "gauge" && value < 0 { faults.append("less than nothing: \(line)") }
    }

    private mutating func endFamily() {
        guard let family else { return }
        if !family.hasSamples { faults.append("no samples: \(family.name)") }
        guard family.type == "histogram" else { return }
        let pairs = zip(family.buckets, family.buckets.dropFirst())
        if !pairs.allSatisfy({ $0.bound < $1.bound && $0.count <= $1.count }) {
            faults.append("buckets do not ascend: \(family.name)")
        }
        if family.buckets.last?.bound != .infinity || family.buckets.last?.count != family.count {
            faults.append("the last bucket is not all: \(family.name)")
        }
    }
}
