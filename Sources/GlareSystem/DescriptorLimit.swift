import Glibc

/// How many descriptors this process may have open.
public enum DescriptorLimit {
    /// Raises the limit to `wanted`, or as near to it as is permitted; never lowers it.
    ///
    /// - Returns: The limit from now on.
    public static func raise(to wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let target = min(rlim_t(wanted), limit.rlim_max)
        if limit.rlim_cur < target {
            let before = limit
            limit.rlim_cur = target
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit = before }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
