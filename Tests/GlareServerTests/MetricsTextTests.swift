import GlareTestSupport
import Testing

/// What the other tests of metrics rely on.
@Suite("The text of metrics")
struct MetricsTextTests {
    private static let good = """
        # HELP a_total Of a.
        # TYPE a_total counter
        a_total{b="c",d="\\"e\\\\\\n"} 1
        a_total{b="f"} 2.5e3
        # HELP g Of g.
        # TYPE g gauge
        g -1
        # HELP h Of h.
        # TYPE h histogram
        h_bucket{le="0.5"} 1
        h_bucket{le="+Inf"} 3
        h_sum 7
        h_count 3

        """

    @Test("what is right has no faults")
    func right() { #expect(MetricsText(Self.good).faults == []) }

    @Test(
        "what is wrong has",
        arguments: [
            ("# HELP g Of g.\n", ""), ("# TYPE g gauge\n", ""), ("# TYPE g gauge", "# TYPE g number"),
            ("g -1\n", ""), ("g -1\n", "g x\n"), ("g -1\n", "g\n"), ("g -1\n", "g -1\ng 2\n"), ("g -1\n", "i 1\n"),
            ("g -1\n", "g -1\n\n# HELP a_total Of a.\n# TYPE a_total counter\na_total 1\n"),
            ("{b=\"f\"}", "{b=\"f}"), ("{b=\"f\"}", "{b=\"\\x\"}"), ("2.5e3", "-1"),
            ("le=\"0.5\"} 1", "le=\"0.5\"} 4"), ("h_count 3", "h_count 4"), ("le=\"+Inf\"", "le=\"9\""),
            ("TYPE a_total counter", "TYPE a_total gauge"), ("h_count 3\n", "h_count 3"),
        ])
    func wrong(_ change: (String, String)) {
        let text = Self.good.replacing(change.0, with: change.1)
        #expect(text != Self.good)
        #expect(MetricsText(text).faults != [])
    }
}
