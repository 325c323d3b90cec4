/// A header that carries its format's signature but can't be right. ``DiskImage/recognise(_:)`` adds
/// the file and the format to it.
struct MalformedHeader: Error {
    let reason: String

    init(
        expected: String, found: String,
        advice: String = "copy the file again, or make it anew with 'qemu-img convert'"
    ) {
        reason = "expected \(expected), found \(found); \(advice)"
    }
}
