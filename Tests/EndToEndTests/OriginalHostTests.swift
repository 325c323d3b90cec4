import Foundation
import GlareTestSupport
import Testing

/// Hosts that still run the original's sync, against our repositories behind real web servers.
@Suite(.enabled(if: Machine.has("nginx") && Machine.has("apache2") && Machine.has("wget") && Machine.has("curl")))
struct OriginalHostTests {
    @Test(arguments: SyncServer.allCases)
    func getsEachVersionInTurn(_ kind: SyncServer) throws {
        let host = try OriginalHost(behind: kind)
        let first = try DiskImages.raw(at: host.scratch.path("a.raw"), seed: 1)
        let second = try DiskImages.raw(at: host.scratch.path("b.raw"), seed: 2)
        for (source, message) in [(first, "publish"), (second, "update"), (first, "rollback")] {
            let added = try glare(
                "add-image", "-i", source, "--name", "debian-12", "-m", message, "-d", host.repository)
            #expect(added.status == 0, "\(added.stderr)")
            try host.sync()
            #expect(try sha256(host.target + "/debian-12") == sha256(source), "after \(message)")
        }
    }

    @Test(arguments: SyncServer.allCases)
    func followsEveryChangeOfTheCurrentVersion(_ kind: SyncServer) throws {
        let host = try OriginalHost(behind: kind)
        let first = try DiskImages.raw(at: host.scratch.path("a.raw"), seed: 1)
        let second = try DiskImages.raw(at: host.scratch.path("b.raw"), seed: 2)
        for source in [first, second] {
            try glare("add-image", "-i", source, "--name", "debian-12", "-m", "m", "-d", host.repository)
        }
        try host.sync()
        for expected in [first, second, first] {
            let changed = try glare("set-current", "debian-12@-1", "-m", "the other one", "-d", host.repository)
            #expect(changed.status == 0, "\(changed.stderr)")
            try host.sync()
            #expect(try sha256(host.target + "/debian-12") == sha256(expected))
        }
    }

    @Test(arguments: SyncServer.allCases)
    func keepsWhatItHasOfAWithdrawnImage(_ kind: SyncServer) throws {
        let host = try OriginalHost(behind: kind)
        let first = try DiskImages.raw(at: host.scratch.path("a.raw"), seed: 1)
        let second = try DiskImages.raw(at: host.scratch.path("b.raw"), seed: 2)
        try glare("add-image", "-i", first, "--name", "debian-12", "-m", "m", "-d", host.repository)
        try host.sync()
        try glare("add-image", "-i", second, "--name", "debian-12", "-m", "m", "-d", host.repository)
        try glare("withdraw", "debian-12", "-m", "it does not boot", "-d", host.repository)
        try host.sync()
        #expect(try sha256(host.target + "/debian-12") == sha256(first))
    }

    @Test(arguments: SyncServer.allCases)
    func keepsTheFileOfAnUnchangedImage(_ kind: SyncServer) throws {
        let host = try OriginalHost(behind: kind)
        let image = try DiskImages.raw(at: host.scratch.path("a.raw"), seed: 3)
        try glare("add-image", "-i", image, "--name", "debian+12", "-m", "one", "-d", host.repository)
        // Apache reports a time in the future as the present: be past the second of the publish.
        sleep(1)
        try host.sync()
        let inode = try mustRun("stat", ["-c", "%i", host.target + "/debian+12"])
        try host.sync()
        #expect(try mustRun("stat", ["-c", "%i", host.target + "/debian+12"]) == inode)
    }
}

/// The steps of the original's `glare sync`: the list by curl, each name by
/// wget with time-stamping, hard links there and back.
private struct OriginalHost {
    let scratch: Scratch
    let repository: String
    let target: String
    private let server: any WebServer

    init(behind kind: SyncServer) throws {
        scratch = try Scratch()
        chmod(scratch.url.path, 0o755)
        let root = try scratch.directory("www")
        repository = try scratch.directory("www/vm_images")
        target = try scratch.directory("cache")
        // Our own server serves one repository, at its root.
        server = try kind.serve(kind == .glare ? repository : root)
        isAtRoot = kind == .glare
    }

    private let isAtRoot: Bool

    func sync() throws {
        let uri = isAtRoot ? server.address : server.address + "/vm_images"
        let script = """
            set -e
            mkdir "$DOWNLOAD_DIR"
            find "$TARGET_DIR" -maxdepth 1 -type f -exec ln {} "$DOWNLOAD_DIR"/ ';'
            for name in $(curl -sf "$SERVER/images.txt"); do
              wget --no-verbose --timestamping --unlink --no-host-directories --cut-dirs=\(isAtRoot ? 0 : 1) \
                --directory-prefix="$DOWNLOAD_DIR" "$SERVER/$name"
            done
            ln -f "$DOWNLOAD_DIR"/* "$TARGET_DIR"/
            rm -rf "$DOWNLOAD_DIR"
            """
        let environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "SERVER": uri, "TARGET_DIR": target,
            "DOWNLOAD_DIR": scratch.path("download"),
        ]
        let result = try run("bash", ["-c", script], environment: environment)
        #expect(result.status == 0, "\(result.stderr)")
    }
}
