extension GlareCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Glare publishes virtual machine images, and keeps them cached on every host that makes VMs from them. A repository is a directory that any web server can serve; a cache is a directory that any VM tool can read. Whoever opens an image in a cache gets a whole one, old or new, at any moment.",
            "Every command exists as `glare` <command> and as `glare-`<command>. Any executable called `glare-`<name>, in the directory of this program or in PATH, is a command as well.",
            "Results go to standard output, everything else to standard error: what is under way (as bars, on a terminal), notes and errors. `--quiet` leaves only what is wrong, `--verbose` adds the reasons, and `--json` makes the result one object for programs.",
            "It needs /proc as the kernel and every container mount it: one that shows another namespace's processes makes the runtime abort now and then.",
        ],
        examples: [
            (
                "Publish an image, and look at it:",
                "glare add-image -i debian-12.qcow2 -m 'Security updates' -d /srv/images\nglare list -d /srv/images"
            ),
            ("Serve it:", "glare serve -d /srv/images --host 0.0.0.0"),
            ("Keep a host's cache equal to it:", "glare sync -s http://images.example.net:8080 -t /var/lib/glare"),
        ],
        files: ConfigurationFile.paths,
        exitStatus: ExitStatus.allMeanings,
        seeAlso: [
            "glare-add-image(1)", "glare-rebuild-index(1)", "glare-serve(1)", "glare-sync(1)", "glare-list(1)",
            "glare-log(1)", "glare-verify(1)", "glare-config(1)", "glare-generate(1)", "glare.conf(5)",
            "glare-repository(5)",
            "qemu-img(1)",
        ])
}

extension ConfigurationFile {
    static let paths = [
        ("/etc/glare.conf", "Settings of this machine; see glare.conf(5)."),
        ("~/.glare.conf", "Settings of this user, which are stronger."),
    ]
}
