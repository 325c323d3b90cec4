extension DoctorCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Looked at are the settings, and the keys that they name; each server by itself, with the keys that are trusted; the clock, against the servers' and what they published; the cache's directory, its filesystem and its free space, what is in `.glare`, and whether something stands under an image's name that sync leaves alone; the directory for downloads; the disks under DISK_DIRS, whether they can be read and whether one is made on an image's name; whether ON_UPDATE can be run and METRICS_FILE be written; and whether qemu-img runs. What is wrong with one keeps nothing else from being looked at; where it is not known how servers are reached, they are not asked.",
            "Run it as the user who syncs: `runuser -u glare -- glare doctor`. What another user may do says little.",
        ],
        json: [
            ("findings[].severity", "`good`, `warning` or `problem`."),
            (
                "findings[].subject",
                "`settings`, `server`, `clock`, `key`, `cache`, `filesystem`, `space`, `downloads`, `disks`, `hook`, `metrics` or `tools`."
            ),
            ("findings[].message, findings[].mend", "What was found, and what to do."),
            ("problems, warnings", "How many of each."),
        ],
        examples: [("Is this host all right?", "runuser -u glare -- glare doctor")],
        files: ConfigurationFile.paths,
        exitStatus: [
            (.success, "There is no problem; there may be warnings."), (.failure, "There is a problem."),
        ] + ExitStatus.common,
        seeAlso: ["glare(1)", "glare-sync(1)", "glare-status(1)", "glare-config(1)", "glare.conf(5)"])
}
