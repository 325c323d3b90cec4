import Dispatch

extension DispatchSemaphore {
    /// A semaphore with so many permits, which may be freed while some are taken: one that was made with a value
    /// must not be freed below it, which is a crash.
    static func permits(_ count: Int) -> DispatchSemaphore {
        let semaphore = DispatchSemaphore(value: 0)
        for _ in 0..<count { semaphore.signal() }
        return semaphore
    }
}
