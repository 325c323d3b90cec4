/// The commands for the days after a publish.
let versionSeeAlso = ["glare(1)", "glare-list(1)", "glare-log(1)", "glare.conf(5)", "glare-repository(5)"]

private let marksJSON = [
    ("name, version", "The image, and the version's id."),
    ("current", "Whether the name stands for it."),
    ("changed", "Whether anything is other than it was."),
    ("protected", "Whether the limit and `prune` leave it."),
    ("withdrawn.since, .reason", "Since when no host installs it, and why; missing where hosts do."),
    ("properties.NAME", "The values."),
]

/// What any of these ends with, but where a command says more of a status than this.
func statuses(
    _ success: String, _ more: [(status: ExitStatus, meaning: String)] = []
) -> [(status: ExitStatus, meaning: String)] {
    let ofRepository: [(status: ExitStatus, meaning: String)] = [
        (.success, success),
        (.badData, "A newer Glare wrote the repository; or the image's current version is missing or torn."),
        (.noInput, "There is no such image, version or repository."),
        (.cannotCreate, "No space, or a read-only filesystem; or DIRECTORY is a cache."),
        (.tryAgain, "Another publisher took longer than LOCK_WAIT."),
    ]
    return (ofRepository + ExitStatus.common).filter { one in !more.contains { $0.status == one.status } } + more
}

extension SetCurrentCommand: Documented {
    static let manual = ManualSections(
        description: [
            "The version must be in the repository: glare-list(1) tells which are. Nothing is copied. It gets a new time, later than that of the version before, and an entry in the changelog, so that hosts of every kind follow, those of the original Glare too.",
            "Hosts that have the version still, as after a rollback, fetch nothing; for the others deltas are made, from every other version of the image, as by glare-add-image(1) and within DELTA_TIME.",
            "A version that was withdrawn is refused.",
        ],
        json: [
            ("name, version, previous", "The image, the version that is current now, and the one that was."),
            ("outcome", "`current`, or `already-current`: nothing was changed."),
            ("frames_size", "What a host without anything fetches."),
            ("deltas[].base, deltas[].size", "SHA-256 of the version that a delta starts from, and what it costs."),
            ("unfinished_deltas", "Deltas that glare-rebuild-index(1) has to make."),
        ],
        examples: [
            ("Back to the version before:", "glare set-current debian-12@-1 -m 'The new kernel does not boot'"),
            ("Promote a version by its first digits:", "glare set-current debian-12@7f3a -m 'Tested'"),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: statuses(
            "It is current; also if it was so already.",
            [
                (.usage, "Wrong usage; or several versions begin with those digits: they are listed."),
                (.notPermitted, "Not permitted; or the version was withdrawn."),
            ]),
        seeAlso: versionSeeAlso + ["glare-withdraw(1)", "glare-add-image(1)"])
}

extension RemoveCommand: Documented {
    static let manual = ManualSections(
        description: [
            "The files stay for GRACE, for hosts that are downloading them, and go then with whichever command writes. Until then glare-add-image(1) with the file in `archive/` brings a version back.",
            "The current version of an image that has others is refused: make another one current first. So is one that is protected.",
            "Hosts keep an image that is gone from the repository until a `glare sync --delete`.",
        ],
        json: [
            ("name", "The image."),
            ("whole_image", "Whether the name went too."),
            (
                "versions[]",
                "Those that left; each with `id`, `data_size` and `modified`, the time at which it last became current."
            ),
            ("freed", "Bytes that are free now: with GRACE=0, and of what has been waiting long enough."),
            ("dry_run", "Whether nothing was to be changed."),
        ],
        examples: [
            ("An old version:", "glare remove debian-12@-3"),
            ("An image with all its versions; what would that be?", "glare remove debian-11 --dry-run"),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: statuses(
            "It is out of the catalogue.",
            [
                (.notPermitted, "Not permitted; or the version is protected, or current.")
            ]),
        seeAlso: versionSeeAlso + ["glare-set-current(1)", "glare-prune(1)", "glare-protect(1)"])
}

extension RenameCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Both names share the files until the old one's go, after GRACE; then nothing of it is left. The changelog says what it was called before.",
            "For a host the new name is a new image. What it has under the old one it need not fetch again.",
        ],
        json: [
            ("old, new", "The names."),
            (
                "versions[]",
                "Those that went along; each with `id`, `data_size` and `modified`, the time at which it last became current."
            ),
        ],
        examples: [("Give a candidate its name:", "glare rename debian-13-rc debian-13")],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: statuses(
            "The image has its new name.",
            [
                (.cannotCreate, "The new name is taken; no space, or a read-only filesystem.")
            ]),
        seeAlso: versionSeeAlso + ["glare-remove(1)"])
}

extension WithdrawCommand: Documented {
    static let manual = ManualSections(
        description: [
            "The file stays in the archive. Where the version is current, the image leaves `images.txt`, the checksums and the list of what hosts install; hosts keep what they have, and say why at each sync, until another version is current. Hosts that have an older version which was withdrawn are told once.",
            "glare-set-current(1) and glare-add-image(1) refuse it until `--undo`, which finds a version that was removed as well while its file is there.",
        ],
        json: marksJSON,
        examples: [
            ("Stop a version that is out already:", "glare withdraw debian-12 -m 'SSH host keys are in it'"),
            ("It was right after all:", "glare withdraw --undo debian-12"),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: statuses("It is withdrawn, or with `--undo` not any more."),
        seeAlso: versionSeeAlso + ["glare-set-current(1)", "glare-sync(1)"])
}

extension ProtectCommand: Documented {
    static let manual = ManualSections(
        description: [
            "For the version that must be there when all else fails, or that disks were made from. glare-list(1) shows which are protected."
        ],
        json: marksJSON,
        examples: [("Keep the version before the current one:", "glare protect debian-12@-1")],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: statuses("It is protected."),
        seeAlso: versionSeeAlso + ["glare-unprotect(1)", "glare-prune(1)"])
}

extension UnprotectCommand: Documented {
    static let manual = ManualSections(
        description: ["The next publish counts it again, and takes it if it is beyond the limit."],
        json: marksJSON,
        examples: [("The version with these first digits:", "glare unprotect debian-12@7f3a")],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: statuses("It is not protected."),
        seeAlso: versionSeeAlso + ["glare-protect(1)", "glare-prune(1)"])
}

extension AnnotateCommand: Documented {
    static let manual = ManualSections(
        description: [
            "A property's name has small letters, digits, `.`, `_` and `-`; its value up to 256 bytes; a version up to 32 of them. Each version has its own: a new one begins with what `glare add-image --property` says.",
            "What names mean is yours to say: os, os_version, arch, build, min_disk and min_ram are what others use.",
        ],
        json: marksJSON,
        examples: [
            ("What a build is:", "glare annotate debian-12 arch=x86_64 build=4711 min_disk=10G"),
            ("Without one of them:", "glare annotate debian-12 build="),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: statuses("They are said."),
        seeAlso: versionSeeAlso + ["glare-add-image(1)", "glare-sync(1)"])
}

extension DiffCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Content is compared in blocks of 4 KiB, wherever they are: what only moved is not new. The costs are those of the delta that the repository has into the second version, if it has one, and of the frames that the first one lacks.",
            "Files are compared where both are raw disks, with ext4 alone or in the same partitions. Of files whose sizes, modes and owners are equal the contents are compared, for images are built with all times equal. What keeps files from being compared is told, and no failure.",
        ],
        json: [
            ("from.name, from.version, to.name, to.version", "What is compared."),
            ("from.blocks, to.blocks", "Blocks of 4 KiB with data."),
            (
                "from.own_blocks, from.own_size",
                "Those whose content is nowhere in the other, and their bytes: what goes."
            ),
            ("to.own_blocks, to.own_size", "The same of the other side: what is new."),
            ("delta_size", "Of the delta from the one into the other; missing where there is none."),
            ("frames_size", "Of the frames that the first one lacks; missing where there are none."),
            ("filesystems[].partition", "Its number; missing on a disk without partitions."),
            (
                "filesystems[].added[], filesystems[].removed[], filesystems[].changed[]",
                "Paths of files that came, went and changed."
            ),
            ("files_not_compared", "Why files were not compared."),
        ],
        examples: [
            ("What did the last publish change?", "glare diff debian-12@-1"),
            ("Two versions by their first digits:", "glare diff debian-12@7f3a debian-12@99c0"),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: statuses("Told, whether they differ or not."),
        seeAlso: versionSeeAlso + ["debugfs(8)"])
}
