/// What a disk image's file format is called, as `qemu-img` names it where it has a name.
///
/// `qemu-img` has none for an ISO 9660 filesystem: it reads one as `raw`.
public enum DiskImageFormat: String, Codable, Sendable, CaseIterable {
    case raw, qcow2, vmdk, vdi, vpc, vhdx, iso
}

extension DiskImageFormat {
    /// Raw comes last: it is what remains when no container claims the file.
    static let inProbingOrder = allCases.filter { $0 != .raw } + [.raw]

    /// Answers nil where the file is of another format, and throws ``MalformedHeader`` where it is of
    /// this one but broken.
    func recognise(_ source: HeaderSource) throws -> Recognition? {
        switch self {
        case .qcow2: try QCOW2.recognise(source)
        case .vmdk: try VMDK.recognise(source)
        case .vdi: try VDI.recognise(source)
        case .vpc: try VHD.recognise(source)
        case .vhdx: try VHDX.recognise(source)
        case .iso: try ISO9660.recognise(source)
        case .raw: try RawDisk.recognise(source)
        }
    }
}
