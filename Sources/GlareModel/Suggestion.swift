/// What somebody who mistyped a word may have meant.
public enum Suggestion {
    /// The candidate within two slips of `word`, ignoring case: a letter too much, missing, wrong, or two
    /// exchanged. Nil where none is so near.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        let scored = candidates.map { ($0, distance(word.lowercased(), $0.lowercased())) }
        return scored.filter { $0.1 <= min(2, $0.0.count / 2) }.min { $0.1 < $1.1 }?.0
    }

    /// The optimal string alignment distance (Damerau 1964, in its restricted form).
    static func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left)
        let b = Array(right)
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                let replaced = rows[i][j] + (a[i] == b[j] ? 0 : 1)
                var best = min(row[j] + 1, rows[i][j + 1] + 1, replaced)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
