/// What was counted, in Prometheus' text format
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
struct Exposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// - Parameter stock: Nil where the repository can't be read now: its metrics are left out then.
    init(_ counters: Counters, _ stock: Stock?) {
        add("glare_http_requests_total", "counter", "Requests that were answered, by class of status.")
        for digit in 1..<counters.requests.count {
            sample("glare_http_requests_total{class=\"\(digit)xx\"}", counters.requests[digit])
        }
        single(
            "glare_http_sent_bytes_total", "counter", "Content that was given to connections to send.", counters.bytes)
        single("glare_http_connections", "gauge", "Connections that are open.", counters.connections)
        single(
            "glare_http_refused_connections_total", "counter", "Connections beyond the limits.",
            counters.refusedConnections)
        addDurations(counters)
        guard let stock else { return }
        single("glare_images", "gauge", "Images of the repository.", stock.images)
        single("glare_versions", "gauge", "Versions that are kept.", stock.versions)
        single(
            "glare_stored_bytes", "gauge", "What versions, frames and deltas take on disk.", stock.bytes)
        if let time = stock.lastPublish {
            single("glare_last_publish_timestamp_seconds", "gauge", "Unix time of the last publish.", time)
        }
    }

    private mutating func addDurations(_ counters: Counters) {
        let name = "glare_http_request_duration_seconds"
        add(name, "histogram", "From a request's last byte to the last that was sent of its answer.")
        var count = 0
        for (bound, number) in zip(Counters.bounds.map { "\($0)" } + ["+Inf"], counters.durations) {
            count += number
            sample("\(name)_bucket{le=\"\(bound)\"}", count)
        }
        sample("\(name)_sum", Double(counters.nanoseconds) / 1e9)
        sample("\(name)_count", count)
    }

    private mutating func single(_ name: String, _ type: String, _ help: String, _ value: some Numeric) {
        add(name, type, help)
        sample(name, value)
    }

    private mutating func add(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ value: some Numeric) { text += "\(name) \(value)\n" }
}
