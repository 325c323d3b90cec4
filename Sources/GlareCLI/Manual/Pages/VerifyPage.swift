extension VerifyCommand: Documented {
    static let manual = ManualSections(
        description: [
            "In a repository: every version, everything in `transfer/`, the catalogue and its copies, the records, the lists and checksums, the page, the symlinks, the signature and the keys, and what Glare keeps for itself. In a cache: every version and name that glare-sync(1) placed, the catalogue, its signature (with TRUSTED_KEY: by such a key), the records and the manifests. What is missing is told, and so is what nothing refers to; that is harmless, and no reason for another status than 0. No digest covers the changelogs, nor block tables but for their form.",
            "It runs beside publishers and syncs, which go on meanwhile: what they are just about to change is not told. Whoever may read the files may verify them; of a user who may not read `.glare/`, a note says what that leaves out.",
            "With `--repair`, in a repository: a version is made again from its frames, if those are whole and make just the right content; what is a copy or follows from other files is made anew from those. The wrong file stays until the right one is whole and on disk. A version that nothing is left of must come from you: put it back from a backup, or remove its file and add the same image again. While that is the current one of an image, the catalogue is left as it is. The symlinks are set to what the catalogue says; a publish that was cut off after it had set one is completed.",
            "With `--repair`, in a cache: images that are wrong or missing are fetched again from SERVER, as a sync fetches them: what has a new version by now, in that. A file that somebody has written to since it was placed is kept as `archive/NAME-ID`, with the id of what it holds. Older versions, which no sync fetches, are only told.",
            "What it reads may come from the system's memory where it was read before: after a reboot, or on a machine with little memory, it comes from the disk.",
        ],
        json: [
            ("path, kind", "What was verified, and whether it is a `repository` or a `cache`."),
            ("files, bytes", "How many images, frames and deltas were read, and their bytes."),
            ("findings[].path", "A file that is not as it should be."),
            ("findings[].fault", "`wrong`, `missing`, `unreadable` or `orphan`: nothing refers to it."),
            ("findings[].expected, findings[].found", "What should be there, and what is: digests, or words."),
            ("findings[].advice", "What to do about it."),
            ("findings[].repaired", "Whether it is as it should be by now."),
            ("wrong, repaired, orphans", "How many there are of each."),
            ("limits[]", "What could not be looked at, and why."),
            ("seconds", "How long it took."),
        ],
        examples: [
            (
                "From cron, every Sunday night, with a mail if something is wrong:",
                "0 3 * * 0 root glare verify --quiet"
            ),
            ("Repair a cache from its server:", "glare verify --repair -t /var/lib/glare"),
        ],
        files: [
            ("DIRECTORY", "A repository; glare-repository(5) names its files."), ("TARGET_DIR", "A cache."),
        ] + ConfigurationFile.paths,
        exitStatus: [
            (.success, "All is right, or was repaired."),
            (.noServer, "A cache is to be repaired, and no server was named."),
            (.damaged, "Something is wrong, and was not repaired."),
        ] + ExitStatus.common + [
            (.badData, "A newer Glare wrote it."),
            (.noInput, "There is no such repository or cache."),
            (.unavailable, "A cache is to be repaired, and no server answers."),
            (.cannotCreate, "A cache is where a repository was expected, or the other way round; no space."),
            (.tryAgain, "Another command took longer than LOCK_WAIT."),
            (
                .notTrusted,
                "A cache is to be repaired, and the catalogue is not the publisher's, as far as TRUSTED_KEY tells."
            ),
        ],
        seeAlso: ["glare(1)", "glare-rebuild-index(1)", "glare-sync(1)", "glare.conf(5)", "glare-repository(5)"])
}
