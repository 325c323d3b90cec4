extension PruneCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Of a repository: never the current version of an image, nor one that is protected. What goes leaves the catalogue at once; its files go after GRACE, with whichever command writes then. Frames and deltas of versions that have left go with them. Without names, files in `archive/` go as well whose image has no symlink, or whose content is not the one in their name; but nothing that the catalogue has: where an image's symlink was lost, nothing is done and glare-verify(1) with `--repair` puts it back. Files that are not called as Glare calls its own stay. With `--older-than` the time counts from when a version stopped being the current one.",
            "Of a cache, which every sync does as well: a version that no name stands for any more stays while something uses it: a process that has it open or mapped, whichever user's and in whichever container; a disk that glare-clone(1) made on it; a disk under DISK_DIRS whose backing file it is, by itself or through others. Headers are read for that, of files and block devices, also those that symlinks lead to; VMs are not asked. The newest KEEP_VERSIONS of each image stay in any case. Of each version is told why it stays.",
            "Without DISK_DIRS nobody knows of disks that were made by hand, so what nothing seems to use stays for KEEP_UNUSED, 30 days, after it was superseded and after it was last seen in use. With DISK_DIRS it goes at once, unless KEEP_UNUSED is set; if a directory there, or one below, is empty, as where a filesystem is not mounted, it is 30 days again. A disk of glare-clone(1) that is not where it was holds its version for as long as KEEP_UNUSED says, 30 days if that is not set.",
            "What can't be looked at keeps every version, and is told: a disk or directory that may not be read, a link or a chain that leads to nothing, a header that is torn or in a format whose parent is not read. What is none of a VM's disks is left out with a shell pattern after a `!` in DISK_DIRS, `!/var/lib/vms/iso/*`; the `*` goes over slashes. A disk of glare-clone(1) that is left out still holds the version that it was made on. The guest of a raw disk can write any header into it: leave that out as well, if it does. After a loss of what sync knows of the cache, only versions go that the publisher lists.",
            "Where several hosts have the cache, none knows what the others use, and nothing is removed. SHARED_CACHE tells; by itself a filesystem of the network is taken for shared, by the type of its mount: NFS, CIFS, Ceph, GFS2, OCFS2, 9p, virtiofs and others, and FUSE, but for `fuseblk`.",
        ],
        json: [
            (
                "retired[]",
                "Of a repository: versions that left the catalogue; each with `name`, `id`, `data_size` and `modified`, the time at which it last became current."
            ),
            ("unreferenced[]", "Files in the archive that nothing referred to."),
            ("removed_files, freed", "Files that are gone now, and bytes that they took on disk."),
            ("waiting_files, waiting", "The same of those that wait for the end of GRACE."),
            ("dry_run", "Whether nothing was to be changed."),
            ("target", "Of a cache: where it is."),
            ("versions[].image, versions[].version, versions[].path", "A version in the archive."),
            ("versions[].size", "Bytes on disk."),
            ("versions[].outcome", "`kept`, `removed` or, in a dry run, `would-be-removed`."),
            (
                "versions[].reasons[].reason",
                "Why it stays: `current`, `pinned`, `newest`, `recent`, `set-aside`, `found` (after what sync knows was lost), `disks`, `name` (a disk is made on its image's name, perhaps while that stood for it), `missing` (a disk that is not there now), `open`, `unclear`, `unseen` or `shared`."
            ),
            ("versions[].reasons[].message", "The same in words, with disks and processes."),
            ("removed_size", "Bytes on disk of what went, or would."),
        ],
        examples: [
            (
                "What would go from the repository, if three versions of each image stayed?",
                "glare prune --keep 3 --dry-run"
            ),
            ("Of one image, what has not been current for a quarter:", "glare prune debian-12 --older-than 90d"),
            ("What keeps the versions of this cache?", "glare prune -t /var/lib/glare --dry-run"),
        ],
        files: repositoryFiles + useFiles + ConfigurationFile.paths,
        exitStatus: statuses(
            "Done, whether or not something went.",
            [(.tryAgain, "Another command has the repository or the cache, longer than LOCK_WAIT.")]),
        seeAlso: versionSeeAlso + [
            "glare-remove(1)", "glare-protect(1)", "glare-add-image(1)", "glare-clone(1)", "glare-sync(1)",
        ])
}
