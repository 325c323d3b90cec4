private let repositoryFiles = [
    ("DIRECTORY/NAME", "A symlink to the current version."),
    ("DIRECTORY/NAME.md", "The changelog."),
    ("DIRECTORY/archive/", "All versions, as they were added."),
    ("DIRECTORY/transfer/", "The same as frames and deltas, for hosts."),
    ("DIRECTORY/.glare/", "The publisher's own; never to be served."),
]

extension AddImageCommand: Documented {
    static let manual = ManualSections(
        description: [
            "What is no disk image, or one that would make a host open another file, such as a qcow2 with a backing file, is refused. The file is copied by reflink where the filesystem can, else sparsely, and hashed in the same pass. Nothing is visible before the copy is whole and on disk.",
            "In the same pass it is compressed as frames, for hosts to fetch one by one, and after that deltas are made, from the versions that are kept and from the image that shares most with it. That takes up to DELTA_TIME; the image is published then with those that are there, and glare-rebuild-index(1) makes the others. A finished delta survives an interruption.",
            "To publish a content that is retained makes it current again, without a copy: that is how to roll back.",
            "On a terminal, versions beyond the limit are listed, and you are asked. Without one, and with `--yes` or `--json`, they leave the catalogue at once; their files go after the grace time.",
            "Whoever may write the directory may publish. Files get its owner and group, whoever runs the command.",
        ],
        json: [
            ("name, version", "The image, and the version's id."),
            (
                "outcome",
                "`published`, `current-again` (the content was retained) or `already-current` (nothing was changed)."
            ),
            ("sha256", "Of the file."),
            (
                "size, data_size, virtual_size",
                "Of the file, of its data without holes, and of the disk that a VM sees."
            ),
            ("disk_format", "raw, qcow2, vmdk, vdi, vpc, vhdx or iso."),
            ("frames_size", "What a host without anything fetches."),
            ("deltas[].base, deltas[].size", "SHA-256 of the version that a delta starts from, and what it costs."),
            ("unfinished_deltas", "Deltas that glare-rebuild-index(1) has to make."),
            (
                "retired[], beyond_limit[]",
                "Versions that left the catalogue, and those that the limit would have leave it; each with `id`, `data_size` and `modified`, the time at which it last became current."
            ),
            ("seconds", "How long it took."),
        ],
        examples: [
            (
                "Publish a build under the name that hosts know:",
                "glare add-image -i build-4711.qcow2 --name debian-12 -m 'Kernel 6.1.99' --yes"
            ),
            (
                "Roll back, from the archive:",
                "glare add-image -i /srv/images/archive/debian-12-ID --name debian-12 -m 'Back to the last but one'"
            ),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: [
            (.success, "It is current; also if it was so already."),
            (.failure, "The image is not a file."),
            (.notADiskImage, "It is not a disk image, or not one that a host may open."),
        ] + ExitStatus.common + [
            (.badData, "Another content has this version's name in the archive."),
            (.noInput, "There is no repository at DIRECTORY: make the directory first."),
            (.cannotCreate, "No space, a read-only filesystem, or a name that is taken."),
            (.tryAgain, "The file was changed while it was read."),
        ],
        seeAlso: [
            "glare(1)", "glare-rebuild-index(1)", "glare-list(1)", "glare-log(1)", "glare.conf(5)",
            "glare-repository(5)",
        ])
}

extension RebuildIndexCommand: Documented {
    static let manual = ManualSections(
        description: [
            "The catalogue, the lists and the checksums are derived from what is in the archive, from the symlinks and from the changelogs. Run it after you have put a version's file, a symlink or a changelog there by hand, or after a restore.",
            "Frames and deltas that are missing are made, however long that takes; those that have no use go after the grace time.",
            "A repository of the original Glare keeps its versions with their ids; its absolute symlinks become relative ones.",
        ],
        json: [
            ("directory", "The repository."),
            ("images[]", "Names of the images that are listed."),
            ("versions", "How many versions they have."),
            ("missing[]", "Images that hosts can't get, because their current version is missing or torn."),
        ],
        examples: [("After a disk was in doubt, read everything anew:", "glare rebuild-index --full -d /srv/images")],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: [(.success, "Everything is listed.")] + ExitStatus.common + [
            (.badData, "An image's current version is missing or torn; all others are listed."),
            (.noInput, "There is no repository at DIRECTORY."),
        ],
        seeAlso: ["glare(1)", "glare-add-image(1)", "glare.conf(5)", "glare-repository(5)"])
}

extension ServeCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Files are served as they are at each request, so a repository may be published to meanwhile; nothing under `.glare/` is served. Each request is a line on standard output, in the Combined Log Format, unless `--quiet` is given.",
            "SIGTERM and SIGINT end it: transfers that are under way are finished first.",
        ],
        examples: [
            ("For this machine alone:", "glare serve -d /srv/images"),
            ("For the network, IPv6 included:", "glare serve -d /srv/images --host :: --port 80"),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: [(.success, "Ended by SIGTERM or SIGINT.")] + ExitStatus.common + [
            (.noInput, "DIRECTORY is not there, or can't be read."),
            (.unavailable, "The address is not this machine's, or the port is taken."),
        ],
        seeAlso: ["glare(1)", "glare.conf(5)", "glare-repository(5)", "systemd.unit(5)"])
}
