import GlareDiskImage
import GlareModel
import GlareSystem

/// What is inspected once more by the host, before an image gets its name: the publisher's word is not enough for
/// a file that VMs and their host will open.
extension Sync {
    /// Refuses what the publisher said is unsafe, before a byte of it is fetched.
    func requireAcceptable(_ version: ImageRecord.Version, of image: ImageName) throws {
        if let withdrawal = version.withdrawn {
            throw SyncError.unsafeImage(
                "\(image)", reason: "its record says that it was withdrawn: \(withdrawal.reason.safeForDisplay)")
        }
        guard version.isUnsafe == true, !options.allowUnsafe else { return }
        throw SyncError.unsafeImage(
            "\(image)", reason: "its record says that no host should open it; ALLOW_UNSAFE=yes takes it all the same"
        )
    }

    /// Runs an inspection of what has come, and discards that if it is refused: nobody will want it.
    func inspecting(discard: () throws -> Void, _ inspection: () async throws -> Void) async throws {
        do {
            try await inspection()
        } catch {
            try discard()
            throw error
        }
    }

    /// Of an image of which nothing is known but that it is one: from the original's repositories, which take what
    /// `file` calls a disk image.
    func requireSafe(_ file: File, at address: String, isNamed: Bool) async throws {
        let (largest, allowsUnsafe) = (options.largestDisk, options.allowUnsafe)
        let hazard = try await FileThreads.run {
            do {
                return try DiskImage.inspect(file, InspectionRules(largestDisk: largest)).hazard
            } catch DiskImageError.notADiskImage where isNamed {
                return try DiskImage.inspect(file, InspectionRules(format: .raw, largestDisk: largest)).hazard
            } catch let error as DiskImageError {
                throw SyncError.notADiskImage(address: address, reason: error.description)
            }
        }
        if let hazard, !allowsUnsafe { throw SyncError.unsafeImage(address, reason: hazard.reason) }
    }

    /// - Parameter file: The whole image, under a name that nobody opens yet.
    func requireSafe(_ file: File, _ version: ImageRecord.Version, of image: ImageName) async throws {
        guard !options.allowUnsafe else { return }
        let rules = InspectionRules(
            format: DiskImageFormat(rawValue: version.diskFormat), largestDisk: options.largestDisk)
        let found = try await FileThreads.run {
            do {
                return try DiskImage.inspect(file, rules)
            } catch let error as DiskImageError {
                throw SyncError.unsafeImage("\(image)", reason: "\(error)")
            }
        }
        if let hazard = found.hazard { throw SyncError.unsafeImage("\(image)", reason: hazard.reason) }
        guard found.image.virtualSize == version.virtualSize else {
            throw SyncError.unsafeImage(
                "\(image)",
                reason: "is a disk of \(found.image.virtualSize) bytes, where its record says \(version.virtualSize)")
        }
    }
}
