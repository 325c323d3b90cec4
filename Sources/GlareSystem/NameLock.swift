import Glibc

extension Directory {
    /// Runs `body` while nobody else who comes by this does so for the same name; for short work.
    ///
    /// What is locked is a file `NAME.lock`, which goes afterwards; one that a crash left serves the next.
    public func withLock<Result>(for name: String, _ body: () throws -> Result) throws -> Result {
        let lockName = name + ".lock"
        while true {
            let file = try fileForUpdate(lockName, mode: 0o660)
            // Members of the group must be able to open it, whatever the umask of who made it.
            try? file.apply(FileAttributes(mode: 0o660, owner: Ownership(of: self)))
            try systemCall("lock", file.path) { flock(file.descriptor, LOCK_EX) }
            // Whoever had it before may have taken it away, and another made a new one.
            guard let found = try status(of: lockName), try found.stamp.isSameFile(as: file.status().stamp) else {
                continue
            }
            defer {
                try? remove(lockName)
                _ = flock(file.descriptor, LOCK_UN)
            }
            return try body()
        }
    }
}
