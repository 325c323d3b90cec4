import Foundation
import GlareTestSupport

/// One run of a command, in a place as the runs before it have left it.
struct CommandStep: Sendable {
    /// `%` stands for the directory of everything, `@` for the address of the repository's server.
    let words: [String]
    /// Paths below that directory that become visible, at least.
    let published: [String]
    let before: @Sendable (CommandPlace) throws -> Void

    init(
        _ words: String, publishes published: String...,
        after before: @escaping @Sendable (CommandPlace) throws -> Void = { _ in }
    ) {
        self.words = words.split(separator: " ").map(String.init)
        (self.published, self.before) = (published, before)
    }

    var command: String { words[0] }
}

/// Commands that change something, each in every way in which it does.
extension CommandStep {
    private static let repository = "-d %/repository --sign-key %/key.key"
    private static let cache = "-t %/cache -s @"
    private static let add = "add-image --name disk -m m \(repository) -i %/"
    private static let index = "repository/images.json"
    private static let signature = "repository/images.json.minisig"

    static let ofPublishers: [CommandStep] = [
        .init("keygen %/key", publishes: "key.key", "key.pub"),
        .init("\(add)image-1", publishes: "repository/disk", "repository/disk.md", index, signature),
        .init("\(add)image-2", publishes: "repository/disk", "repository/disk.md", index, signature),
        // A version that is there already.
        .init("\(add)image-1", publishes: "repository/disk", "repository/disk.md", index, signature),
        .init("sign \(repository)", publishes: signature),
        .init("sign --attach %/elsewhere.minisig \(repository)", publishes: signature) { try $0.signElsewhere() },
        .init("sign --new-key %/next.key \(repository)", publishes: signature) {
            try Program.mustRun("keygen", $0.path("next"))
        },
        .init("annotate disk arch=x86_64 -d %/repository --sign-key %/next.key", publishes: index, signature),
        .init("sign --new-key %/key.key -d %/repository --sign-key %/next.key", publishes: signature),
        .init("protect disk@-1 \(repository)", publishes: index),
        .init("unprotect disk@-1 \(repository)", publishes: index),
        .init("withdraw disk -m bad \(repository)", publishes: index),
        .init("withdraw disk --undo \(repository)", publishes: index),
        .init("set-current disk@-1 -m back \(repository)", publishes: "repository/disk", "repository/disk.md", index),
        // Keeps what it has found out.
        .init("diff disk@-1 -d %/repository") {
            try FileManager.default.removeItem(atPath: $0.path("repository/.glare/blocks"))
        },
        .init("rename disk disc \(repository)", publishes: "repository/disc", "repository/disc.md", index),
        .init("remove disc@-1 \(repository)", publishes: index),
        .init("add-image --name disc -m m -i %/image-3 --limit 1 --yes --grace 0 \(repository)", publishes: index),
        .init("add-image --name disc -m m -i %/image-4 \(repository)", publishes: index),
        .init("prune --keep 1 --grace 0 \(repository)", publishes: index),
        .init("verify --repair \(repository)", publishes: "repository/archive/disc-", "repository/images.txt") {
            try $0.damage("repository/disc")
            try $0.remove("repository/images.txt", "repository/SHA256SUMS")
        },
        .init("rebuild-index \(repository)", publishes: "repository/transfer/disc-", index) {
            try $0.remove(
                "repository/images.json", "repository/disc.md", "repository/.glare/state.json", "repository/transfer")
        },
        .init("remove disc \(repository)", publishes: index),
    ]

    static let ofHosts: [CommandStep] = [
        .init(
            "sync \(cache) --metrics-file %/metrics/glare.prom",
            publishes: "cache/disk", "cache/images.json", "metrics/glare.prom"
        ) { try $0.publish(1, as: "disk") },
        .init("sync \(cache)", publishes: "cache/other") { try $0.publish(2, as: "other") },
        .init("sync --adopt \(cache)", publishes: "cache/disk") {
            try $0.remove("cache/disk")
            try mustRun("cp", [$0.path("image-4"), $0.path("cache/disk")])
        },
        .init("clone disk %/disks/overlay -t %/cache", publishes: "disks/overlay"),
        .init("clone disk %/disks/copy --format raw --size 8M -t %/cache", publishes: "disks/copy"),
        .init("clone disk %/disks/overlay --force -t %/cache", publishes: "disks/overlay"),
        .init("pin disk -t %/cache"),
        .init("sync \(cache)", publishes: "cache/images.json") { try $0.publish(3, as: "disk") },
        .init("unpin disk -t %/cache"),
        .init("sync \(cache)", publishes: "cache/disk"),
        .init("pin disk@-1 -t %/cache", publishes: "cache/disk"),
        .init("unpin disk -t %/cache"),
        .init("verify --repair \(cache)", publishes: "cache/disk") { try $0.damage("cache/disk") },
        .init("sync --delete \(cache)", publishes: "cache/images.json") {
            try Program.mustRun("remove", "other", "-d", $0.path("repository"))
        },
        .init("prune -t %/cache --keep-unused 0 --keep-versions 0") { try $0.remove("disks/overlay") },
    ]

    /// Commands that only look, and those that change something when they are told only to look.
    static let looking: [CommandStep] = [
        .init("config"), .init("list -d %/repository"), .init("log disk -d %/repository"),
        .init("status \(cache)"), .init("doctor \(cache)"), .init("verify -d %/repository"), .init("verify \(cache)"),
        .init("sync --dry-run \(cache)"), .init("prune --dry-run --keep 1 -d %/repository"),
        .init("prune --dry-run -t %/cache"), .init("remove --dry-run disk -d %/repository"),
        .init("sign --print \(repository)"), .init("generate --man %/generated"),
    ]

    /// It ends only by a signal; that it serves what it must not write to is tested with it.
    static let neverEnding = ["serve"]
}

/// A directory in which there is a repository with its server, a cache, and what commands need.
final class CommandPlace: Sendable {
    private let scratch: Scratch
    private let server: GlareServer

    init() throws {
        scratch = try Scratch()
        server = try GlareServer(serving: scratch.directory("repository"))
        for name in ["disks", "metrics", "generated"] { _ = try scratch.directory(name) }
        for seed in 1...4 { try SmallImage.write(seed, to: path("image-\(seed)")) }
    }

    func path(_ name: String) -> String { scratch.path(name) }

    func arguments(of step: CommandStep) -> [String] {
        step.words.map { $0 == "@" ? server.address : $0.replacingOccurrences(of: "%", with: scratch.url.path) }
    }

    func publish(_ image: Int, as name: String) throws {
        try Program.mustRun(
            "add-image", "-i", path("image-\(image)"), "--name", name, "-m", "m", "-d", path("repository"))
    }

    func remove(_ names: String...) throws {
        for name in names { try FileManager.default.removeItem(atPath: path(name)) }
    }

    /// Changes a block of a file as a failing disk does: its time stays.
    func damage(_ name: String) throws {
        let file = path(name)
        try mustRun("touch", ["-r", file, path("time")])
        try mustRun("chmod", ["u+w", file])
        try mustRun(
            "dd", ["if=/dev/urandom", "of=\(file)", "bs=4096", "seek=257", "count=1", "conv=notrunc", "status=none"])
        try mustRun("touch", ["-r", path("time"), file])
    }

    /// A signature that is made on another machine.
    func signElsewhere() throws {
        try mustRun("cp", ["-a", path("repository"), path("copy")])
        // Times are in whole seconds.
        sleep(1)
        try Program.mustRun("sign", "-d", path("copy"), "--sign-key", path("key.key"))
        try mustRun("cp", [path("copy/images.json.minisig"), path("elsewhere.minisig")])
    }
}
