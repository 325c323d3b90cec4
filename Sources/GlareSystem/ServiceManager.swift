import CGlareSystem
import Glibc

/// The service manager that started this process, if one did that wants to know how it goes.
///
/// Source: systemd, `sd_notify(3)`.
public enum ServiceManager {
    /// Tells it; without a manager, or if it does not listen, nothing happens.
    public static func tell(_ state: String) {
        guard let name = getenv("NOTIFY_SOCKET") else { return }
        _ = cglare_send_datagram(name, state)
    }

    /// Tells it that the settings are about to be read again; it then waits for `READY=1`.
    public static func tellReloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        tell("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)")
    }
}
