import GlareDiskImage
import GlareModel
import GlareRepository
import GlareServer
import GlareSync
import GlareSystem
import GlareTransfer
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
    /// Of `verify`: something is wrong that was not repaired.
    case damaged = 4
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    case internalError = 70
    case cannotCreate = 73
    case inputOutput = 74
    case tryAgain = 75
    case notTrusted = 76
    case notPermitted = 77
    case configuration = 78

    static let noTarget = ExitStatus.notADiskImage
    /// Of `status`: as monitoring knows it.
    static let trouble = ExitStatus.notADiskImage

    /// What any command may end with.
    static let common: [(status: ExitStatus, meaning: String)] = [
        (.usage, "Wrong usage: an unknown option, or a value that is not what is expected."),
        (.inputOutput, "A read or write failed."),
        (.notPermitted, "Not permitted."),
        (.configuration, "A configuration file, or a variable of the environment, is wrong."),
    ]

    /// For the program's own manual page; docs/exit-codes.md says the same.
    static let allMeanings: [(status: ExitStatus, meaning: String)] = [
        (.success, "Done."),
        (.failure, "An unknown command; add-image: not a file; sync: images failed for different reasons."),
        (.notADiskImage, "add-image: not a disk image; sync: no target."),
        (.noServer, "sync: no server."),
        (.damaged, "verify: something is wrong, and was not repaired."),
        (.usage, "Wrong usage."),
        (.badData, "Data is not what it must be."),
        (.noInput, "Something to read is missing."),
        (.unavailable, "A server is away, or does not have the file; a port is taken."),
        (.internalError, "A fault in Glare: please report it."),
        (.cannotCreate, "Something can't be made: no space, or a name that is taken."),
        (.inputOutput, "A read or write failed."),
        (.tryAgain, "Try again: something changed while it was read, or another command took longer than LOCK_WAIT."),
        (.notTrusted, "A catalogue is not the publisher's, as far as TRUSTED_KEY tells."),
        (.notPermitted, "Not permitted; or refused, for a version that is protected, withdrawn or current."),
        (.configuration, "A configuration file, or a variable of the environment, is wrong."),
    ]

    /// The one place where errors become exit codes; nil for what is no error of ours.
    init?(_ error: any Error) {
        let status: ExitStatus? =
            switch error {
            case let error as CommandFailure: error.status
            case let error as SettingError: error.isFromCommandLine ? .usage : .configuration
            case is InvalidName: .usage
            case let error as InvalidReference: Self.status(of: error)
            case is InvalidKey: .badData
            case is InvalidProperty: .usage
            case let error as SigningError: Self.status(of: error)
            case is InvalidDocument, is WrongFrame, is WrongSegment, is WrongBase: .badData
            case is DiskImageError, is Hazard: .notADiskImage
            case let error as RepositoryError: Self.status(of: error)
            case let error as InvalidHTTPOption: error.isUsage ? .usage : .badData
            case let error as SyncError: Self.status(of: error)
            case let error as ServerError: Self.status(of: error)
            case is LockHeld: .tryAgain
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

    private static func status(of error: InvalidReference) -> ExitStatus {
        switch error {
        case .malformed, .ambiguous: .usage
        case .noSuchImage, .noSuchVersion: .noInput
        }
    }

    private static func status(of error: RepositoryError) -> ExitStatus {
        switch error {
        case .notAFile: .failure
        case .noRepository: .noInput
        case .changedWhileRead: .tryAgain
        case .notPermitted, .withdrawn, .protected, .isCurrent: .notPermitted
        case .nameTaken, .isACache, .imageExists: .cannotCreate
        case .otherContent, .notListed, .linksLost: .badData
        case .emptyMessage: .usage
        case .tooLarge: .badData
        }
    }

    private static func status(of error: SigningError) -> ExitStatus {
        switch error {
        case .noKey, .openToOthers, .otherKey: .configuration
        case .sameKey, .unknownSigner: .usage
        case .noCatalogue: .noInput
        case .notOurs: .badData
        }
    }

    private static func status(of error: SyncError) -> ExitStatus {
        switch error {
        case .badServer: .usage
        case .notTrusted: .notTrusted
        case .unreachable, .status, .missing, .interrupted: .unavailable
        case .wrongLength, .wrongRange, .noRanges, .tooLarge, .wrongContent, .notWhatItSays, .notADiskImage,
            .unsafeImage:
            .badData
        case .changedMeanwhile, .changedWhileRead, .outdated: .tryAgain
        case .noRepository, .noCatalogue, .noCache, .noSuchImage: .noInput
        case .notADirectory, .isARepository: .cannotCreate
        case .busy: .tryAgain
        case .nameInUse, .notOurs: .cannotCreate
        case .pinNotOffered: .unavailable
        case .pinWithdrawn: .notPermitted
        case .cloning(let error): Self.status(of: error)
        }
    }

    private static func status(of error: CloningError) -> ExitStatus {
        switch error {
        case .diskExists, .diskInUse, .notAFile, .insideCache: .cannotCreate
        case .notHere: .noInput
        case .tooSmall: .usage
        case .changedVersion: .tryAgain
        case .noRecords: .notPermitted
        case .noTool: .unavailable
        case .toolFailed, .notDurable: .inputOutput
        }
    }

    private static func status(of error: ServerError) -> ExitStatus {
        switch error {
        case .directoryMissing, .notADirectory: .noInput
        case .hostUnknown, .addressNotHere, .portInUse, .cannotListen, .cannotUseSocket, .socketInUse, .notASocket,
            .notListening, .tooFewDescriptors:
            .unavailable
        case .certificate, .readers: .configuration
        case .portNotPermitted, .directoryUnreadable: .notPermitted
        }
    }

    private static func status(of code: Errno) -> ExitStatus {
        switch code {
        case .permissionDenied, .notPermitted: .notPermitted
        case .noSpace, .diskQuotaExceeded, .readOnlyFileSystem, .fileExists, .notDirectory, .isDirectory, .improperLink:
            .cannotCreate
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
