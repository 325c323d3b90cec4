extension StatusCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Of each image: the version in the cache and its age, the one that the repository has, and what an update would fetch; then which disks and processes use which version. A pinned image, one that the repository does not offer any more, and one whose version its publisher withdrew count as current: no sync changes them. One whose file is not there as sync placed it, because somebody wrote to it or removed it, is `damaged`: what was expected and what was found is told, and the next sync mends it. Of one that is gone from the repository, and whose name `sync --delete` has taken away, the versions that are still here are told.",
            "Where the server does not answer, the rest is told all the same, each image is `unknown`, and the status is 2. With ONLY, only the images that it takes are told of; a pattern that matches none is told as well.",
        ],
        json: [
            ("target", "The cache."),
            ("condition", "The worst of all: `current`, `behind` or `trouble`."),
            ("images[].name", "The image."),
            (
                "images[].condition",
                "`current`, `behind`, `damaged`, `pinned`, `gone`, `withdrawn`, `trouble` or `unknown`."
            ),
            ("images[].version, images[].available", "The version here, and the one that can be had."),
            ("images[].modified", "When the version here became current."),
            ("images[].update_bytes, images[].update_requests", "What an update would fetch."),
            ("images[].message", "What is wrong, is gone, or was withdrawn."),
            ("images[].uses[].version, images[].uses[].message", "A version that is used, and by what."),
            ("trouble", "Why the repository could not be looked at."),
            ("unmatched[]", "Patterns of ONLY that match no image."),
            ("unseen[]", "Disks and directories that could not be looked at."),
        ],
        examples: [
            ("For people:", "glare status -t /var/lib/glare -s https://images.example.net/vm"),
            ("For monitoring, with the settings of glare.conf:", "glare status --quiet"),
        ],
        files: ConfigurationFile.paths,
        exitStatus: [
            (.success, "All images are current."),
            (.failure, "At least one is behind, or damaged: the next sync mends that."),
            (.trouble, "Trouble: the server does not answer, or an image can't be updated."),
        ] + ExitStatus.common + [(.noInput, "There is no such cache.")],
        seeAlso: ["glare(1)", "glare-sync(1)", "glare.conf(5)", "glare-list(1)", "glare-prune(1)"])
}
