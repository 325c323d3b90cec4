import Foundation
import GlareTestSupport

/// How much is tried: some points of each fault in `make test`, hundreds in `make soak`.
enum Effort {
    static let isSoak = ProcessInfo.processInfo.environment["GLARE_FAULTS"] == "soak"

    static func points(_ few: Int, soak: Int) -> Int { isSoak ? soak : few }
}

/// The program, without the settings of this machine's users.
enum Program {
    static let path = GlareBinary.path
    static let environment = GlareBinary.environment()

    static func start(_ arguments: [String]) throws -> RunningProcess {
        try RunningProcess(path, arguments, environment: environment)
    }

    static func run(_ arguments: [String]) throws -> RunResult {
        try GlareTestSupport.run(path, arguments, environment: environment)
    }

    /// Runs it; throws what it said where it does not succeed.
    @discardableResult
    static func mustRun(_ arguments: String...) throws -> String {
        let result = try run(arguments)
        guard result.status == 0 else {
            throw Unexpected("glare \(arguments): status \(result.status): \(result.stderr)")
        }
        return result.stdout
    }
}

/// What came of all points of one fault: a line of the table in docs/reliability.md.
struct Tally {
    let fault: String
    private let begin = ContinuousClock.now
    var points = 0
    var torn: [String] = []
    var lost: [String] = []
    var leftovers: [String] = []
    /// The command that came after the fault did not do what it should.
    var stuck: [String] = []

    init(_ fault: String) { self.fault = fault }

    var isFlawless: Bool { (torn + lost + leftovers + stuck).isEmpty }

    /// What was wrong, a few lines of it.
    var flaws: String {
        let kinds = [("torn", torn), ("lost", lost), ("left over", leftovers), ("stuck", stuck)]
        return kinds.flatMap { kind, lines in lines.prefix(5).map { "\(kind): \($0)" } }.joined(separator: "\n")
    }

    /// For `scripts/soak`, which makes the table of these lines; and how long it took.
    func tell() {
        let counts = [points, torn.count, lost.count, leftovers.count, stuck.count].map(String.init)
        print("| \(([fault] + counts).joined(separator: " | ")) |")
        print("\(fault): \((ContinuousClock.now - begin).components.seconds) s")
        // To be seen while the rest takes its time.
        fflush(nil)
    }
}

/// What keeps a test from even beginning.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
