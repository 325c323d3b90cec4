private let cacheSeeAlso = ["glare(1)", "glare-sync(1)", "glare.conf(5)"]

private let withdrawnJSON = (
    field: "withdrawn.since, .reason",
    meaning: "Since when the version's publisher lets no host install it, and why; missing where hosts do."
)

/// What the pages about uses of versions name.
let useFiles = [
    ("TARGET_DIR/archive/NAME-ID", "A version: what an overlay's backing file is."),
    ("TARGET_DIR/.glare/uses/", "Where the disks are that glare-clone(1) made."),
]

extension CloneCommand: Documented {
    static let manual = ManualSections(
        description: [
            "A qcow2 disk is an overlay, made by qemu-img(1): it has what the VM writes, and the rest is read from `archive/NAME-ID`, by its absolute path without symlinks. That file never changes, and neither sync nor glare-prune(1) removes it while the disk is there. A raw disk is a copy of its own that needs the image no more: it shares blocks with it where the filesystem has reflinks, else holes stay holes. From an image that is not raw, a raw disk is converted, which takes a while.",
            "The disk is whole and on disk when it gets its name. One that is there is replaced with `--force` alone, and only where it is sure that nobody has it open: not a file that this user can't read, nor one on a filesystem that does not tell; and nothing but a file, so no symlink and no device. Of a version that its publisher withdrew that is told. Size and a partition table are two things: with `--size`, what is in the VM has to grow its filesystem.",
            "Whoever makes a disk must be able to write in `TARGET_DIR/.glare`, where it is recorded: root, or a member of that directory's group. The record lapses when the disk has been gone for KEEP_UNUSED, 30 days if that is not set. A disk may be in TARGET_DIR itself, beside the images, under a name that is no image's. A disk that is moved is found where it is only if DISK_DIRS names that place.",
            "While an overlay is made, glare-prune(1) waits, and a sync leaves the removal of versions to the next one; while versions are removed, a clone waits. Neither waits for a copy, nor for a sync that downloads.",
        ],
        json: [
            ("disk, format", "What was made: its path, and `qcow2` or `raw`."),
            ("image, version", "What it is made from."),
            ("backing", "The version's file."),
            ("virtual_size", "Bytes of the disk, as the VM sees it."),
            ("way", "`overlay`, `reflink`, `copy` or `converted`."),
            withdrawnJSON,
        ],
        examples: [
            (
                "A disk of 40 GiB on the current version:",
                "glare clone debian-12 /var/lib/libvirt/images/vm1.qcow2 --size 40G"
            ),
            ("On the version before:", "glare clone debian-12@-1 vm2.qcow2"),
        ],
        files: useFiles + ConfigurationFile.paths,
        exitStatus: [(.success, "The disk is there.")] + ExitStatus.common + [
            (.noInput, "There is no such image, version, cache or directory."),
            (.unavailable, "qemu-img is not installed."),
            (.cannotCreate, "Something is there already that is not replaced, or no space is left."),
            (
                .tryAgain,
                "The version's file is not as it was when it was verified: sync first. Or versions were being removed for longer than LOCK_WAIT."
            ),
        ],
        seeAlso: cacheSeeAlso + ["glare-prune(1)", "qemu-img(1)"])
}

private let pinJSON = [
    ("image, version", "The image, and the version that it is, or was, pinned to."),
    ("outcome", "Of pin: `stays`, `moved` or `wanted`; of unpin: `unpinned` or `not-pinned`."),
]

private let pinStatus: [(status: ExitStatus, meaning: String)] =
    [(.success, "Done.")] + ExitStatus.common + [
        (.noInput, "There is no such image, version or cache."),
        (
            .cannotCreate,
            "A disk under DISK_DIRS is made on the name, and would break if it moved; or something stands there that sync did not place."
        ),
        (.tryAgain, "A sync has the cache."),
    ]

extension PinCommand: Documented {
    static let manual = ManualSections(
        description: [
            "A version that is in the cache is shown at once: this is how one host goes back while the others go on. One that only the catalogue lists is fetched by the next sync, as long as the server has it. From a repository of the original Glare, only what is here can be pinned. A version that its publisher withdrew is pinned only where it is here, and told. What somebody changed in place under the name is set aside in the archive, as by sync; what sync did not place is not replaced.",
            "What is pinned is in `TARGET_DIR/.glare/pins.json`.",
        ],
        json: pinJSON + [withdrawnJSON],
        examples: [
            ("Back to the version before, on this host:", "glare pin debian-12@-1"),
            ("Stay with what is here:", "glare pin debian-12"),
        ],
        files: [("TARGET_DIR/.glare/pins.json", "What is pinned.")] + ConfigurationFile.paths,
        exitStatus: pinStatus, seeAlso: cacheSeeAlso + ["glare-unpin(1)", "glare-status(1)"])
}

extension UnpinCommand: Documented {
    static let manual = ManualSections(
        json: pinJSON, examples: [("Follow the repository again:", "glare unpin debian-12 && glare sync")],
        files: [("TARGET_DIR/.glare/pins.json", "What is pinned.")] + ConfigurationFile.paths,
        exitStatus: pinStatus, seeAlso: cacheSeeAlso + ["glare-pin(1)"])
}
