import GlareModel
import GlareTransfer

/// One line of what is under way: what, how far, how fast, how long still.
struct ProgressLine: Sendable {
    var kind: Activity.Kind
    var subject: String
    var done: Int64
    /// Nil where nobody knows.
    var total: Int64?
    /// Bytes per second; nil until that can be said.
    var rate: Double?
    /// Seconds since it began.
    var elapsed: Int64

    private static let widestBar = 40
    private static let narrowestBar = 8
    private static let widestName = 32
    /// In a window of the usual 80 columns, where there is to be room for a bar.
    private static let widestNameInUsualWindow = 20

    /// Several lines, their columns beneath each other, each in `width` columns at most. What does not fit
    /// is left out, the least wanted first: how much of how much, the bars, then figures from the right, then
    /// ends of names.
    static func aligned(_ lines: [ProgressLine], width: Int, style: Style) -> [String] {
        let heads = lines.map { $0.head(width: width) }
        let column = heads.map(\.count).max() ?? 0
        let layouts = zip(lines, heads).map { Layout($0, head: $1, column: column, width: width) }
        let hasBars = lines.contains { $0.fraction != nil }
        let bar = hasBars ? min(widestBar, (layouts.map(\.room).min() ?? 0) - 2) : 0
        return zip(lines, layouts).map { line, layout in
            guard bar >= narrowestBar else { return layout.head + layout.tail }
            let drawn = line.fraction.map { Self.bar($0, width: bar, style) } ?? String(repeating: " ", count: bar)
            return "\(layout.head)  \(drawn)\(layout.tail)"
        }
    }

    /// A line without its bar.
    private struct Layout {
        let head: String
        let tail: String
        /// Columns that are left.
        let room: Int

        init(_ line: ProgressLine, head: String, column: Int, width: Int) {
            self.head = head + String(repeating: " ", count: column - head.count)
            var (tail, room) = ("", width - column)
            for figure in line.figures {
                guard room >= figure.count + 2 else { break }
                tail += "  \(figure)"
                room -= figure.count + 2
            }
            if let amounts = line.amounts, room >= amounts.count + 2 + narrowestBar + 2 {
                tail += "  \(amounts)"
                room -= amounts.count + 2
            }
            (self.tail, self.room) = (tail, room)
        }
    }

    /// What, and what is done with it; first the end of the name, then what is done, give way to how far it is.
    private func head(width: Int) -> String {
        let subject = subject.safeForDisplay
        let room = width - 2 - (figures.first?.count ?? 0)
        let roomForName = room - 2 - verb.count
        let widest = width < 100 ? Self.widestNameInUsualWindow : Self.widestName
        guard roomForName >= min(subject.count, 8) else {
            return Self.shortened(subject, to: max(1, min(width, max(4, room))))
        }
        return "\(Self.shortened(subject, to: min(widest, roomForName)))  \(verb)"
    }

    private var verb: String {
        switch kind {
        case .copying: "copying"
        case .reading: "reading"
        case .comparing: "making a delta"
        case .fetching: "fetching"
        case .verifying: "verifying"
        case .flushing: "writing to disk"
        }
    }

    private var fraction: Double? {
        guard let total, total > 0 else { return nil }
        return min(1, Double(done) / Double(total))
    }

    /// The most wanted first.
    private var figures: [String] {
        guard let total, let fraction else {
            return (done > 0 ? [Readable.size(done)] : []) + [Readable.clock(elapsed)]
        }
        var figures = [Self.padded("\(Int(fraction * 100)) %", to: 5)]
        if let rate, rate >= 1 {
            // What a sudden stop makes of it is no time that helps anybody.
            let left = Double(max(0, total - done)) / rate
            if left < 100 * 3600 {
                figures.append(Self.padded("\(Readable.clock(Int64(left.rounded(.up)))) left", to: 9))
            }
            figures.append(Self.padded("\(Readable.size(Int64(rate)))/s", to: 12))
        }
        return figures
    }

    /// In columns that stay the same while it grows, so that the bar does too.
    private var amounts: String? {
        guard let total, fraction != nil else { return nil }
        return Self.padded(Readable.size(done), to: "1023.9 MiB".count) + " of \(Readable.size(total))"
    }

    private static func bar(_ fraction: Double, width: Int, _ style: Style) -> String {
        let full = Int(fraction * Double(width))
        let (mark, rest) = style.isUnicode ? ("━", style.isColoured ? "━" : "─") : ("#", "-")
        return style.good(String(repeating: mark, count: full))
            + style.faint(String(repeating: rest, count: width - full))
    }

    private static func padded(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func shortened(_ text: String, to width: Int) -> String {
        text.count <= width ? text : width < 4 ? String(text.prefix(width)) : text.prefix(width - 3) + "..."
    }
}
