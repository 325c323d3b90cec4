import GlareDiskImage
import GlareModel
import GlareRepository
import GlareServer
import GlareSync
import GlareSystem
import SystemPackage

/// What the process ends with: the original's numbers for its own cases, `sysexits.h` for the others.
/// `docs/exit-codes.md` lists them for users.
enum ExitStatus: Int32 {
    case success = 0
    /// The original's: not a file, or an unknown command. Also failures of several kinds at once.
    case failure = 1
    /// The original's: not a disk image; of `sync`: no target.
    case notADiskImage = 2
    /// The original's of `sync`: no server.
    case noServer = 3
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    case internalError = 70
    case cannotCreate = 73
    case inputOutput = 74
    case tryAgain = 75
    case notPermitted = 77
    case configuration = 78

    static let noTarget = ExitStatus.notADiskImage

    /// The one place where errors become exit codes; nil for what is no error of ours.
    init?(_ error: any Error) {
        let status: ExitStatus? =
            switch error {
            case let error as CommandFailure: error.status
            case let error as SettingError: error.isFromCommandLine ? .usage : .configuration
            case is InvalidName: .usage
            case is InvalidDocument: .badData
            case is DiskImageError: .notADiskImage
            case let error as RepositoryError: Self.status(of: error)
            case let error as SyncError: Self.status(of: error)
            case let error as ServerError: Self.status(of: error)
            case let error as SystemError: Self.status(of: error.code)
            default: nil
            }
        guard let status else { return nil }
        self = status
    }

    /// One code for what several images failed with, where they agree.
    init(_ errors: [any Error]) {
        let all = Set(errors.map { ExitStatus($0) ?? .internalError })
        self = all.count == 1 ? all.first ?? .success : all.isEmpty ? .success : .failure
    }

    private static func status(of error: RepositoryError) -> ExitStatus {
        switch error {
        case .notAFile: .failure
        case .noRepository: .noInput
        case .changedWhileRead: .tryAgain
        case .nameTaken, .isACache: .cannotCreate
        case .otherContent: .badData
        case .emptyMessage: .usage
        }
    }

    private static func status(of error: SyncError) -> ExitStatus {
        switch error {
        case .badServer: .usage
        case .unreachable, .status, .missing, .interrupted: .unavailable
        case .wrongLength, .wrongRange, .tooLarge, .wrongContent, .notWhatItSays, .notADiskImage: .badData
        case .changedMeanwhile, .changedWhileRead: .tryAgain
        case .noRepository, .noCache, .noSuchImage: .noInput
        case .notADirectory, .isARepository: .cannotCreate
        }
    }

    private static func status(of error: ServerError) -> ExitStatus {
        switch error {
        case .directoryMissing, .notADirectory, .directoryUnreadable: .noInput
        case .portOutOfRange: .usage
        case .hostUnknown, .addressNotHere, .portInUse, .cannotListen: .unavailable
        case .portNotPermitted: .notPermitted
        }
    }

    private static func status(of code: Errno) -> ExitStatus {
        switch code {
        case .permissionDenied, .notPermitted: .notPermitted
        case .noSpace, .diskQuotaExceeded, .readOnlyFileSystem, .fileExists, .notDirectory, .isDirectory: .cannotCreate
        case .noSuchFileOrDirectory: .noInput
        default: .inputOutput
        }
    }
}

/// A failure that only the command line knows.
struct CommandFailure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
