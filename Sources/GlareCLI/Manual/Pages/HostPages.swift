private let cacheFiles = [
    ("TARGET_DIR/NAME", "An image, for VM tools to open: always whole, old or new."),
    ("TARGET_DIR/archive/NAME-ID", "The same file by its version: what an overlay's backing file should be."),
    ("TARGET_DIR/.glare/", "What sync knows of the cache, and partial downloads."),
]

private let sourceSeeAlso = ["glare(1)", "glare-sync(1)", "glare.conf(5)"]

extension SyncCommand: Documented {
    static let manual = ManualSections(
        description: [
            "If nothing changed, that costs one small request. Else what changed is fetched, going on where an earlier run was interrupted, verified, and put in place in one step; the version before stays in the archive. A second sync on the same cache leaves it to the first.",
            "For all images together the way is taken that costs least: a delta from a version that the cache has, or that comes first, also of another image; else frames of 1 MiB, of which those that a version here has are copied; else the whole file, from a repository that offers nothing more. Every frame has the published SHA-256 before an image gets its name. What turns out wrong is told, and another way is taken. `--dry-run` tells the way of each image, with bytes and requests.",
            "Where the cache's filesystem has reflinks, a new version begins as a clone of the one before, and takes as much room as changed. With VERIFY=changed what is taken over is not read again, if the older version's file is as it was when it was verified.",
            "With TRUSTED_KEY, only what the owner of such a key has signed is installed, from whatever server. A catalogue that is not signed, by another key, changed, expired, older than one that was seen here, or of another repository is refused: the cache stays as it is, and the status is 76. In the message and in `not_trusted` the reason is a word: `unsigned`, `other-key`, `altered`, `rolled-back`, `contradictory`, `expired`, `from-the-future`, `other-repository` or `unproven-key`. Without TRUSTED_KEY, whoever can change what the server sends can change the images.",
            "An image is inspected before it gets its name, as glare-add-image(1) does. One that no host should open is not installed, whoever published it, without ALLOW_UNSAFE.",
            "A version that its publisher withdrew is not installed. Who has it keeps it, and is told why; it is no failure.",
            "With ONLY a host takes some images: those of which one of the names matches, and of each property that is named one of the values. The publisher gives properties with glare-annotate(1). A pattern that matches no image is told each time and is no failure: the image may be gone, or not have come yet.",
            "To drop what is gone from the repository with the timer, `systemctl edit glare-sync` and give `--delete` there.",
            "Files that sync did not place are left alone, unless their content is a known version's, or `--adopt` is given. A version goes from the archive when nothing uses it: glare-prune(1) tells what that means.",
            "A qcow2 that is made on `TARGET_DIR/NAME`, and not on a version, breaks when the name moves. One under DISK_DIRS keeps the name where it is: it is named, with the line that mends it, and the status tells. Where a disk there can't be looked at, the name moves and that is told; no version goes then, so that such a disk can still be put on its own. A name that glare-pin(1) pinned stays as well.",
            "ON_UPDATE is run by `/bin/sh` for each image that changed, one after the other, when the sync is done: with `IMAGE_NAME`, `IMAGE_VERSION`, `IMAGE_PREVIOUS` (empty for a new one), `IMAGE_PATH` and `IMAGE_VERSION_PATH` in its environment. What it says goes to standard error. What it leaves in the background ends with it, and it ends with the sync. In glare.conf it stands in single quotes, so that these variables are not looked up when the file is read. If it fails, or takes longer than ON_UPDATE_TIME, that is told; the image stays updated, and the status is that of the sync.",
            "With `--watch` it goes on, and looks again every INTERVAL, a fifth more or less by chance, so that hosts do not come together. What fails is told, and tried again the next time. SIGHUP has it read the settings again and sync at once, or when START_DELAY is over; if they are wrong then, the ones before stay. A service manager is told when it is ready, and what it does (`sd_notify`); with `--json` there is one object for each time. The timer does the same with less; watching is for hosts without systemd, or where five minutes are too long.",
            "Several servers are mirrors of one repository: they are tried in the order in which they are named, and one that fails is left for the next at once. Names and passwords for a server come from its address (`https://user:password@host/`), or from the netrc file, and go to that server alone.",
            "A server that sends nothing for STALL_TIME, or less than STALL_SPEED on average over it, is asked again like one that failed for the moment, RETRIES times; what came is kept. Time in which LIMIT_RATE or the disk holds it up does not count.",
            "With METRICS_FILE each sync, also one that fails, replaces that file in one step: the times of the last run and of the last success, the exit status, images and bytes, for Prometheus. A dry run does not, and one that finds another sync at work leaves it to that.",
            "Without a terminal there is one line for each image that changed.",
        ],
        json: [
            ("target", "The cache."),
            ("servers[]", "The repository's addresses, without passwords."),
            ("dry_run", "Whether nothing was to be changed."),
            ("busy", "Who has the cache, if another sync does; then nothing was done."),
            ("images[].name", "The image."),
            (
                "images[].outcome",
                "`current`, `new`, `updated`, `adopted`, `pinned`, `left-alone`, `set-aside`, `withdrawn` (by its publisher: nothing is installed, and what is here stays), `gone-kept`, `removed` or `failed`; in a dry run `would-be-new`, `would-be-updated` or `would-be-removed`."
            ),
            ("images[].version, images[].previous", "Ids of the version that is there now, and of the one before."),
            ("images[].fetched", "Bytes that were fetched for it, or in a dry run would be."),
            ("images[].way", "`archive`, `delta`, `frames` or `plain`."),
            (
                "images[].base, images[].requests, images[].reused",
                "In a dry run: the version that a delta starts from, requests, and bytes that versions here have."
            ),
            ("images[].message", "Why, where the outcome does not say it."),
            ("fetched, requests", "Bytes and requests in all."),
            ("not_trusted", "Why the catalogue was refused, in a word; then nothing more was done."),
            ("unfinished", "What kept it from going on after the images, which are what they became."),
            (
                "withdrawn[]",
                "Versions in the cache that their publisher withdrew; each with `name`, `version`, `since` and `reason`."
            ),
            ("unmatched[]", "Patterns of ONLY that match no image."),
            ("signed", "Whether a trusted key signed what was synced."),
            ("planned.bytes, planned.requests", "In a dry run: what the images would cost together."),
            ("changed_size", "Length of the images that changed."),
            (
                "older_versions, older_size",
                "Versions in the archive that no name stands for, and what they take on disk."
            ),
            ("seconds", "How long it took."),
        ],
        examples: [
            (
                "From cron, every five minutes, not all hosts at once:",
                "*/5 * * * * root glare sync --quiet --start-delay 4m -s https://images.example.net/vm -t /var/lib/glare"
            ),
            (
                "Only some images, through a slow line, with a mirror:",
                "glare sync --only 'debian-*' --limit-rate 5M -s https://near.example.net/vm -s https://far.example.net/vm -t /var/lib/glare"
            ),
            ("Only what is for this machine:", "glare sync --only 'arch=x86_64'"),
            ("What would it fetch?", "glare sync --dry-run --json"),
        ],
        files: cacheFiles + ConfigurationFile.paths + [("~/.netrc", "Names and passwords for servers.")],
        exitStatus: [
            (
                .success,
                "Every wanted image is current, also where a pattern of ONLY matches none; or another sync has the cache, and does it."
            ),
            (.failure, "Images failed for different reasons; else the status is their one reason's."),
            (.noTarget, "No cache was named."),
            (.noServer, "No server was named."),
        ] + ExitStatus.common + [
            (.badData, "What came is not what was published, or is no disk image."),
            (.noInput, "The server's address leads to no repository."),
            (.unavailable, "No server answers, or none has the file."),
            (
                .cannotCreate,
                "No space, no directory that can hold a cache, or a name that does not move because a disk is made on it."
            ),
            (
                .tryAgain,
                "Something changed while it was read, or another sync took longer than LOCK_WAIT: try again later."
            ),
            (.notTrusted, "The catalogue is not the publisher's, as far as TRUSTED_KEY tells."),
        ],
        seeAlso: ["glare(1)", "glare-list(1)", "glare.conf(5)", "netrc(5)", "qemu-img(1)"])
}

extension ListCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Of a server, with TRUSTED_KEY, only what the owner of such a key has signed is listed; else the status is 76, and the message has the reason, as with glare-sync(1). A directory that is named with `--directory` is taken as it is.",
            "What a disk is, FORMAT and VIRTUAL, the repository tells; of versions in a cache that it does not list any more, their own headers do.",
        ],
        json: [
            ("images[].name, images[].current", "The image, and the id of its current version."),
            ("images[].versions[]", "Newest first."),
            ("images[].versions[].id, .sha256", "The version."),
            ("images[].versions[].current", "Whether the name stands for it."),
            (
                "images[].versions[].size, .virtual_size, .disk_size",
                "Of the file, of the disk that a VM sees, where that is known, and on disk."
            ),
            ("images[].versions[].disk_format", "raw, qcow2, vmdk, vdi, vpc, vhdx or iso."),
            ("images[].versions[].modified", "When it last became current."),
            ("images[].versions[].properties.NAME", "What the publisher says of it."),
            ("images[].versions[].protected", "Whether the publisher keeps it; missing where not."),
            (
                "images[].versions[].withdrawn.since, .reason",
                "Since when no host installs it, and why; missing where hosts do."
            ),
        ],
        examples: [
            ("What a server has:", "glare list -s https://images.example.net/vm"),
            ("The version before the current one of an image:", "glare list debian-12@-1"),
        ],
        files: ConfigurationFile.paths,
        exitStatus: [(.success, "Done.")] + ExitStatus.common + [
            (.noInput, "There is no such image, version, repository or cache."),
            (.unavailable, "The server does not answer."),
            (.notTrusted, "The catalogue is not the publisher's, as far as TRUSTED_KEY tells."),
        ],
        seeAlso: sourceSeeAlso + ["glare-log(1)"])
}

extension LogCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Of a server, with TRUSTED_KEY, the catalogue must be signed by the owner of such a key and have the image; else the status is 76 or 66. The changelog itself is the server's word: no signature covers it."
        ],
        json: [
            ("name", "The image."),
            (
                "entries[].id, .date, .message",
                "A version, when it became current, and what was said then. The date is as it stands in the file; the original's are not ISO 8601."
            ),
        ],
        examples: [("What changed in the current version:", "glare log debian-12 | head")],
        files: ConfigurationFile.paths,
        exitStatus: [(.success, "Done.")] + ExitStatus.common + [
            (.noInput, "There is no such image, version or repository."),
            (.unavailable, "The server does not answer."),
            (.notTrusted, "The catalogue is not the publisher's, as far as TRUSTED_KEY tells."),
        ],
        seeAlso: sourceSeeAlso + ["glare-list(1)"])
}
