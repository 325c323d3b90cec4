import FoundationEssentials
import GlareModel
import GlareRepository
import Glibc
import SystemPackage

/// What every command begins with: the configuration, with its warnings told.
func loadConfiguration() throws -> Configuration {
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    configuration.warnings.forEach(Console.warn)
    return configuration
}

extension Configuration {
    /// Opens a repository for writing.
    func repository(directory: String?, command: String) throws -> Repository {
        let options = Repository.Options(
            grace: try required(Settings.grace), fileMode: try required(Settings.fileMode),
            holder: lockHolder(command))
        return try Repository(path: required(Settings.directory, option: directory), options: options) { notice in
            notice.isWarning ? Console.warn(notice.description) : Console.note("\(notice)…")
        }
    }
}

/// How this process is called to those who wait for it: `alice on host: glare add-image`.
func lockHolder(_ command: String) -> String {
    let environment = ProcessInfo.processInfo.environment
    let user = environment["SUDO_USER"] ?? environment["USER"] ?? "user \(geteuid())"
    return "\(user) on \(ProcessInfo.processInfo.hostName): glare \(command)"
}

/// The absolute form of a path, as a `file://` address.
func fileAddress(_ path: String) -> String {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return "file://" + RepositoryLayout.percentEncoded(absolute)
}
