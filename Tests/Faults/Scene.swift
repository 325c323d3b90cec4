import Foundation
import GlareTestSupport

/// A repository or a cache in which a command is about to run, again and again.
protocol Scene: AnyObject {
    var directory: String { get }
    var kind: Standing.Kind { get }
    /// Where the same is served over HTTP, if it is.
    var address: String? { get }

    /// Makes ready for the next run, and says what it will be.
    func prepare() throws -> Attempt
}

/// One run of a command, and the states between which it must leave its place, whatever becomes of it.
struct Attempt {
    let arguments: [String]
    /// SHA-256 of what each name stands for before, and when the command is done.
    let before, after: [String: String]
    /// Names of files in `archive/` that must be there at any moment.
    let kept: Set<String>
    /// Ids of the changelog's entries before and after, of the image that is published.
    var entries: (image: String, before: [String], added: String)?
    /// Whether nothing but what the catalogue leads to may be there afterwards.
    var isExact = false
}

extension Scene {
    /// Looks at the place with a reader's eyes.
    ///
    /// - Parameter isDone: Whether the command said that it succeeded.
    func judge(_ attempt: Attempt, isDone: Bool, _ tally: inout Tally) throws {
        let seen = try Standing(kind, at: directory)
        tally.torn += seen.torn
        tally.lost += losses(attempt, seen, isDone: isDone)
        if let address {
            let served = try Standing(kind, at: address)
            tally.torn += served.torn
            if served.current.contains(where: { seen.current[$0] != $1 }) { tally.torn.append("\(address): names") }
        }
        guard isDone else { return }
        tally.leftovers += (seen.temporary ?? []) + (attempt.isExact ? seen.unnamed ?? [] : [])
    }

    private func losses(_ attempt: Attempt, _ seen: Standing, isDone: Bool) -> [String] {
        var lost: [String] = []
        for (name, after) in attempt.after {
            let found = seen.current[name]
            let isRight = found == after || (!isDone && found == attempt.before[name])
            if !isRight { lost.append("\(name) stands for \(found ?? "nothing")") }
        }
        for name in attempt.kept where seen.versions?[name] == nil { lost.append("archive/\(name) is gone") }
        if let entries = attempt.entries {
            let found = seen.headings?[entries.image] ?? []
            let meant = [[entries.added] + entries.before] + (isDone ? [] : [entries.before])
            if !meant.contains(found) { lost.append("\(entries.image).md has \(found.count) entries: \(found)") }
        }
        return lost
    }

    /// Runs the command once more, after the fault: it must succeed by itself, and leave nothing behind.
    func mend(_ attempt: Attempt, _ tally: inout Tally) throws {
        let result = try Program.run(attempt.arguments)
        if result.status != 0 { tally.stuck.append("status \(result.status): \(result.stderr)") }
        try judge(attempt, isDone: true, &tally)
    }
}
