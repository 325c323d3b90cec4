import GlareSystem
import SystemPackage

/// Looks at whether ON_UPDATE can be run, which else is not known before an image changes.
struct HostHook {
    /// As a shell reads it.
    let command: String

    /// Nil where it begins with more than a plain word: what that comes to, the shell alone knows.
    func finding() -> HostFinding? {
        guard let program = command.split(whereSeparator: \.isWhitespace).first.map(String.init),
            program.allSatisfy(Self.isPlain), !program.hasPrefix("-")
        else { return nil }
        do {
            guard program.contains("/") else { return try named(program) }
            guard program.hasPrefix("/") else {
                return problem(
                    "\(program): \(HostFinding.relativePath)",
                    mend: "write the whole path")
            }
            try requireExecutable(program)
            return HostFinding(.good, "hook", "\(program): can be run")
        } catch let error as SystemError where error.code == .noSuchFileOrDirectory {
            return problem("\(program): is not there", mend: "put it there")
        } catch {
            return problem(
                "\(error)", mend: "make it a program that user \(effectiveUser) may run: chmod a+rx \(program)")
        }
    }

    /// Without blanks, quotes, and whatever else means something to a shell.
    private static func isPlain(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "/._+-@:,%".contains(character)
    }

    /// Of a name the shell tells, which has commands of its own.
    private func named(_ program: String) throws -> HostFinding {
        let asked = try ChildProcess.run("/bin/sh", ["-c", "command -v \"$1\"", "sh", program], seconds: 20)
        guard asked.status == 0 else {
            return problem(
                "\(program): no command of that name is found in PATH", mend: "install it, or name it by its path")
        }
        return HostFinding(.good, "hook", "\(program): the shell finds it")
    }

    private func problem(_ message: String, mend: String) -> HostFinding {
        HostFinding(
            .problem, "hook", "ON_UPDATE: \(message), so nothing runs after an update",
            mend: "\(mend), or mend ON_UPDATE (`glare config` tells where it is set)")
    }
}
