/// Differencing disks, which are the changes to another file that they name. Sources: VirtualBox, `VDICore.h`;
/// Microsoft, "Virtual Hard Disk Image Format Specification" 1.0; [MS-VHDX] 2.6.2.1.
enum ParentReference {
    static func requireNone(_ source: HeaderSource, _ format: DiskImageFormat) throws {
        let isDifferencing =
            switch format {
            case .vdi: try [3, 4].contains(source.head.littleEndian(0x4C, as: UInt32.self))
            case .vpc: try VHD.isDifferencing(source)
            case .vhdx: try VHDX.hasParent(source)
            default: false
            }
        guard isDifferencing else { return }
        throw HazardFound(
            "has only the changes to another file, which a host that opens it would open",
            "make one file of both with the program that made it, or 'qemu-img convert -O qcow2 OLD NEW'")
    }
}
