let repositoryFiles = [
    ("DIRECTORY/NAME", "A symlink to the current version."),
    ("DIRECTORY/NAME.md", "The changelog."),
    ("DIRECTORY/archive/", "All versions, as they were added."),
    ("DIRECTORY/transfer/", "The same as frames and deltas, for hosts."),
    ("DIRECTORY/.glare/", "The publisher's own; never to be served."),
]

extension AddImageCommand: Documented {
    static let manual = ManualSections(
        description: [
            "What is no disk image is refused, and so is one that no host should open: one that has a part of it in another file (a qcow2 with a backing file, a VMDK of several), one whose tables point beyond its end, as those of half a copy do, one that two programs take for two things, one that was not closed, one with a larger disk than LARGEST_DISK, and one whose name contradicts it. `--format` says what it is all the same; `--allow-unsafe` publishes it, and hosts take it only with ALLOW_UNSAFE.",
            "The file is copied by reflink where the filesystem can, else sparsely, and hashed in the same pass. Nothing is visible before the copy is whole and on disk.",
            "In the same pass it is compressed as frames, for hosts to fetch one by one, and after that deltas are made, from the versions that are kept and from the image that shares most with it. That takes up to DELTA_TIME; the image is published then with those that are there, and glare-rebuild-index(1) makes the others. A finished delta survives an interruption.",
            "To publish a content that is retained makes it current again, without a copy; glare-set-current(1) does it by the version's id. One that was withdrawn is refused.",
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
                "Say what it is for:",
                "glare add-image -i debian-12 -m 'For ARM' --property arch=aarch64 --property min_ram=2G"
            ),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: [
            (.success, "It is current; also if it was so already."),
            (.failure, "The image is not a file."),
            (.notADiskImage, "It is not a disk image, or not one that a host may open."),
        ] + ExitStatus.common.filter { $0.status != .notPermitted } + [
            (.badData, "Another content has this version's name in the archive."),
            (.noInput, "There is no repository at DIRECTORY: make the directory first."),
            (.cannotCreate, "No space, a read-only filesystem, or a name that is taken."),
            (.tryAgain, "The file was changed while it was read, or another publisher took longer than LOCK_WAIT."),
            (.notPermitted, "Not permitted; or the content was withdrawn."),
        ],
        seeAlso: [
            "glare(1)", "glare-set-current(1)", "glare-rebuild-index(1)", "glare-list(1)", "glare-log(1)",
            "glare.conf(5)", "glare-repository(5)",
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
            (.tryAgain, "Another publisher took longer than LOCK_WAIT."),
        ],
        seeAlso: ["glare(1)", "glare-add-image(1)", "glare.conf(5)", "glare-repository(5)"])
}

extension ServeCommand: Documented {
    static let manual = ManualSections(
        description: [
            "Files are served as they are at each request, so a repository may be published to meanwhile; nothing under `.glare/` is served, no directory is listed, and no link leads out. Ranges, several at once as well, conditional requests and connections that stay open are HTTP/1.1 as RFC 9110 and 9112 have it; what is not is refused.",
            "Each request is a line on standard output as ACCESS_LOG has it, unless `--quiet` is given; with `--json` only if ACCESS_LOG is `json`. Where only some may read, it has the reader's name.",
            "SIGTERM and SIGINT end it: transfers that are under way have 10 seconds to finish, and hosts go on with what is cut off then. A second signal ends it at once. SIGHUP has it read the certificate and the file of readers again.",
            "A client has 30 seconds for a request's head, and 75 between two requests or to take more of an answer, however slowly. Beyond MAX_CONNECTIONS, or what the limit of open files allows, others are told to come again; with TLS, the connection just ends. A server that has fewer places than MAX_CONNECTIONS says so as it starts; with room for fewer than 16 it does not start.",
            "With TLS_CERT it is HTTPS. With READERS a client shows a secret, as `Authorization: Bearer SECRET` or as the password of its name. The file has one reader a line, `NAME:DIGEST`, and never the secret. The digest is quick to compute, so a secret must be long and random, and no password that a person made up.",
            "Sockets that the service manager opened are used in the place of HOST and PORT, and beside LISTEN (sd_listen_fds(3)); one whose name is `admin` is for the metrics.",
            "At ADMIN_LISTEN `/metrics` tells Prometheus of requests, bytes, connections, the time that answers took, images, versions, bytes on disk and the last publish; `/healthz` is answered with 200 as long as the repository's path leads to a directory that can be read. Whoever reaches that address may read both.",
            "With `--json`, the one object is printed as soon as requests are answered.",
        ],
        json: [
            ("directory", "What is served."),
            ("address", "Where, with the port that was found where it was 0."),
            ("addresses[]", "All of them; `unix:` with a path for a Unix socket."),
            ("admin_address", "Where the metrics are, if they are anywhere."),
        ],
        examples: [
            ("For this machine alone:", "glare serve -d /srv/images"),
            ("For the network, IPv6 included:", "glare serve -d /srv/images --host :: --port 80"),
            (
                "Encrypted, with metrics for this machine:",
                "glare serve -d /srv/images --listen :443 --tls-cert cert.pem --tls-key key.pem --admin-listen 127.0.0.1:9180"
            ),
            (
                "A secret for a reader, and its line in the file of READERS:",
                "openssl rand -hex 32 > secret && echo \"site1:$(tr -d '\\n' < secret | sha256sum | cut -d ' ' -f 1)\" >> readers"
            ),
        ],
        files: repositoryFiles + ConfigurationFile.paths,
        exitStatus: [(.success, "Ended by SIGTERM or SIGINT.")] + ExitStatus.common + [
            (.noInput, "DIRECTORY is not there."),
            (.unavailable, "An address is not this machine's, a port is taken, or a socket can't be made."),
        ],
        seeAlso: ["glare(1)", "glare.conf(5)", "glare-repository(5)", "systemd.unit(5)", "systemd.socket(5)"])
}

extension KeygenCommand: Documented {
    static let manual = ManualSections(
        description: [
            "With a key, every command that changes a repository signs its catalogue, and hosts which know the public key install what is in it and nothing else, whatever server it comes from.",
            "The files are minisign's: minisign(1) verifies what Glare signs, and a key that `minisign -G -W` made signs as well. The secret key has no password, since nobody is there to type it: its file is readable by its owner alone. Where several publish, give it to the repository's group, with mode 640.",
            "For a key that is not kept on the publishing machine, see glare-sign(1).",
        ],
        json: [
            ("id", "Names the key, as minisign prints it."),
            ("public_key", "For TRUSTED_KEY on hosts."),
            ("secret_key_file, public_key_file", "Where they were written."),
        ],
        examples: [("A key for this publisher:", "glare keygen /etc/glare/images")],
        files: [("PREFIX.key", "The secret key."), ("PREFIX.pub", "The public key.")],
        exitStatus: [(.success, "Both files are written.")] + ExitStatus.common + [
            (.cannotCreate, "A file is there already, and `--force` was not given.")
        ],
        seeAlso: ["glare(1)", "glare-sign(1)", "glare-sync(1)", "glare.conf(5)", "minisign(1)"])
}

extension SignCommand: Documented {
    static let manual = ManualSections(
        description: [
            "A signature holds for SIGN_EXPIRES, so that nobody can keep hosts on an old catalogue for ever. glare-sign.timer signs again every week; from two thirds of a signature's life hosts warn.",
            "With `--print` and `--attach` the key can stay on another machine: print what is to be signed, sign it there with minisign, and attach the signature. Until then hosts with a trusted key stay on the catalogue that was signed last, and what that one names is not removed.",
            "`--new-key` passes on to another key, for a planned change: both keys sign that, in `keys/`, and hosts which trust an older one follow. After a theft that is no help, for the thief can do it as well: change TRUSTED_KEY on the hosts instead.",
        ],
        json: [
            ("key, key_number", "Which key signed, and which of the repository's it is, counted from 1."),
            ("serial, sha256", "Of the catalogue that is signed."),
            ("created, expires", "From when and until when hosts accept it; no `expires`: for ever."),
            ("comment, catalogue, command", "With `--print`: what is to be signed, and how."),
        ],
        examples: [
            ("Renew the signature:", "glare sign"),
            ("What to sign on the machine that has the key:", "glare sign --print"),
            ("Publish what was signed there:", "glare sign --attach images.json.minisig"),
        ],
        files: [
            ("DIRECTORY/images.json.minisig", "The catalogue's signature."),
            ("DIRECTORY/keys/", "The public keys, and how each was passed on to the next."),
        ] + ConfigurationFile.paths,
        exitStatus: [(.success, "The catalogue is signed, or what to sign is printed.")] + ExitStatus.common + [
            (.badData, "A key or a signature is none, or not of this catalogue."),
            (.noInput, "There is no repository, or no catalogue in it."),
            (.tryAgain, "Another publisher took longer than LOCK_WAIT."),
        ],
        seeAlso: ["glare(1)", "glare-keygen(1)", "glare-sync(1)", "glare.conf(5)", "minisign(1)"])
}
