import FoundationEssentials
public import GlareModel
import GlareSystem

/// A command of the host's own that is run after an image changed.
public struct UpdateHook: Sendable {
    /// As a shell reads it.
    public var command: String
    /// After so many it is ended, with all that it started.
    public var seconds: Int64

    public init(command: String, seconds: Int64) { (self.command, self.seconds) = (command, seconds) }

    /// What went wrong with it; the image stays what it became.
    public struct Failure: Sendable, CustomStringConvertible {
        public let image: ImageName
        public let reason: String

        public var description: String { "\(image): ON_UPDATE \(reason); the image is updated all the same" }
    }

    /// Runs it for each image that a sync changed, one after the other. What it says goes to standard error.
    ///
    /// - Parameter target: The cache, by an absolute path.
    public func run(after report: SyncReport, target: String, environment: [String: String]) async -> [Failure] {
        var failures: [Failure] = []
        for (image, outcome) in report.images {
            guard case .updated(let old, let new, _, _) = outcome else { continue }
            let version = VersionName(image, new)
            let variables = environment.merging([
                "IMAGE_NAME": image.text, "IMAGE_VERSION": new.text, "IMAGE_PREVIOUS": old?.text ?? "",
                "IMAGE_PATH": "\(target)/\(image)",
                "IMAGE_VERSION_PATH": "\(target)/\(RepositoryLayout.path(of: version))",
            ]) { $1 }
            if let reason = await problem(variables) { failures.append(Failure(image: image, reason: reason)) }
        }
        return failures
    }

    private func problem(_ variables: [String: String]) async -> String? {
        do {
            let ended = try await FileThreads.run { [command, seconds] in
                try ChildProcess.run(
                    "/bin/sh", ["-c", command], environment: variables, seconds: seconds, passesOn: true)
            }
            return switch ended.status {
            case 0: nil
            case nil: "was ended, for it took more than \(seconds) s"
            case .some(let status): "failed with status \(status)"
            }
        } catch {
            return "failed: \(error)"
        }
    }
}
