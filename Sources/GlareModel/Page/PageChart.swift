/// A picture of an image over its versions: what each takes on disk, what it costs to fetch, and what an
/// update from it to the current one costs. Columns, the oldest at the left.
struct PageChart {
    private let record: ImageRecord
    private let versions: [ImageRecord.Version]
    private let largest: Int64

    /// Those that are drawn, the newest.
    private static let columns = 16
    private static let pitch: Int64 = 32
    private static let height: Int64 = 96

    init(_ record: ImageRecord) {
        self.record = record
        versions = record.versions.prefix(Self.columns).reversed()
        largest = versions.map { max($0.dataSize, $0.wholeCost) }.max() ?? 0
    }

    var html: HTML {
        let width = max(6, Int64(versions.count)) * Self.pitch
        return """
            <figure class="chart"><h3>Size and cost over versions</h3>
            <svg viewBox="0 0 \(width) \(Self.height + 1)" width="\(width)" height="\(Self.height + 1)" role="img" \
            aria-label="\(description)">
            \(versions.enumerated().map { column($1, at: Int64($0) * Self.pitch) })\
            <line class="base" x1="0" x2="\(width)" y1="\(Self.height).5" y2="\(Self.height).5"/></svg>
            <figcaption><span class="key-data">on disk</span><span class="key-whole">to fetch it whole</span>\
            <span class="key-update">to update from it to the current one</span></figcaption></figure>
            """
    }

    private func column(_ version: ImageRecord.Version, at x: Int64) -> HTML {
        let update = record.deltaSize(from: version)
        return """
            <g><title>\(words(version))</title>\(bar("data", version.dataSize, x + 2, width: 28))\
            \(bar("whole", version.wholeCost, x + 7, width: 18))\
            \(update.map { bar("update", $0, x + 7, width: 18) } ?? "")</g>
            """
    }

    /// Two pixels at least, so that what is little can still be seen.
    private func bar(_ kind: StaticString, _ bytes: Int64, _ x: Int64, width: Int64) -> HTML {
        let share = largest > 0 ? Double(bytes) / Double(largest) : 0
        let height = max(2, Int64((share * Double(Self.height)).rounded()))
        return #"""
            <rect class="\#(kind)" x="\#(x)" y="\#(Self.height - height)" width="\#(width)" height="\#(height)"/>
            """#
    }

    private var description: String {
        "Versions, the oldest first: " + versions.map(words).joined(separator: "; ")
    }

    private func words(_ version: ImageRecord.Version) -> String {
        let update = record.deltaSize(from: version).map { ", \($0.readableSize) to update from it to the current one" }
        return
            "\(version.shortID): \(version.dataSize.readableSize) on disk, \(version.wholeCost.readableSize) to fetch whole\(update ?? "")"
    }
}
