import Testing

@testable import GlareSync

@Suite("What a qcow2 calls its backing file")
struct BackingNameTests {
    private func path(_ text: String, of disk: String = "/vms/pool/vm.qcow2") -> String? {
        if case .path(let path) = BackingName(text, of: disk) { path } else { nil }
    }

    @Test func pathsCountFromTheDisk() {
        #expect(path("/cache/archive/disk") == "/cache/archive/disk")
        #expect(path("../../cache/disk") == "/vms/pool/../../cache/disk")
        #expect(path("base") == "/vms/pool/base")
        #expect(path("base", of: "vm.qcow2") == "./base")
        // A colon after a slash is no protocol.
        #expect(path("./a:b") == "/vms/pool/./a:b")
    }

    @Test func qemusOptionsAreRead() {
        #expect(path("file:/cache/disk") == "/cache/disk")
        #expect(path("host_device:/dev/vg/disk") == "/dev/vg/disk")
        #expect(path(#"json:{"driver":"qcow2","file":{"driver":"file","filename":"/cache/disk"}}"#) == "/cache/disk")
        #expect(path(#"json:{"driver":"qcow2","file.driver":"file","file.filename":"disk"}"#) == "/vms/pool/disk")
    }

    @Test func whatIsElsewhereAndWhatIsUnclearAreToldApart() {
        for text in ["nbd://host/disk", "rbd:pool/disk", "https://host/disk", "null-co://"] {
            guard case .elsewhere = BackingName(text, of: "/vm") else {
                Issue.record("\(text)")
                continue
            }
        }
        for text in [
            "json:{", #"json:{"driver":"nbd"}"#, "blkdebug:/dev/null:/cache/disk", "fat:/cache", "later:/cache/disk",
            #"json:{"driver":"qcow2","file":{"filename":"/vms/a"},"backing":{"file":{"filename":"/cache/disk"}}}"#,
        ] {
            guard case .unclear = BackingName(text, of: "/vm") else {
                Issue.record("\(text)")
                continue
            }
        }
    }
}
