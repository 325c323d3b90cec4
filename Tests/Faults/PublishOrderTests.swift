import Testing

/// The checker itself: it finds what it is there for.
@Suite struct PublishOrderTests {
    @Test("a name whose file was not synced after its last write is found")
    func unsyncedFile() {
        let flaws = PublishOrder(
            Trace(
                """
                7 pwrite64(3</r/.glare/tmp/1.a>, ""..., 10, 0) = 10
                7 fsync(3</r/.glare/tmp/1.a>) = 0
                7 ftruncate(3</r/.glare/tmp/1.a>, 20) = 0
                7 renameat(4</r/.glare/tmp>, "1.a", 5</r>, "images.json") = 0
                7 fsync(5</r>) = 0
                """)
        ).flaws
        #expect(
            flaws == [
                "/r/images.json: its file was not synced after the last write",
                "/r/images.json: not synced at the end",
            ])
    }

    @Test("a directory that was not synced before the next name is found, and one that never was")
    func unsyncedDirectory() {
        let flaws = PublishOrder(
            Trace(
                """
                7 pwrite64(3</r/.glare/tmp/1.a>, ""..., 10, 0) = 10
                7 fsync(3</r/.glare/tmp/1.a>) = 0
                7 renameat(4</r/.glare/tmp>, "1.a", 5</r/archive>, "disk-1") = 0
                8 fsync(5</r/archive> <unfinished ...>
                7 symlinkat("archive/disk-1", 4</r/.glare/tmp>, "1.b") = 0
                7 renameat(4</r/.glare/tmp>, "1.b", 6</r>, "disk") = 0
                8 <... fsync resumed>) = 0
                """)
        ).flaws
        #expect(
            flaws == [
                "/r/archive: not synced before /r/disk became visible", "/r: not synced at the end",
            ])
    }

    @Test("a directory that is made and whose name is not on disk is found")
    func unsyncedNewDirectory() {
        let flaws = PublishOrder(
            Trace(
                """
                7 mkdir("/r", 02775) = 0
                7 mkdirat(4</r>, "archive", 02775) = 0
                7 fsync(4</r>) = 0
                """)
        ).flaws
        #expect(flaws == ["/: not synced at the end"])
    }

    @Test("what is removed before its successor is on disk is found")
    func removedTooEarly() {
        let flaws = PublishOrder(
            Trace(
                """
                7 renameat(4</r/.glare/tmp>, "1.a", 5</r>, "images.json") = 0
                7 unlinkat(6</r/archive>, "disk-1", 0) = 0
                7 fsync(5</r>) = 0
                """)
        ).flaws
        #expect(flaws == ["/r: not synced before /r/archive/disk-1 was removed"])
    }

    @Test("what is written under the name that readers know is found")
    func writtenInPlace() {
        let flaws = PublishOrder(
            Trace(
                """
                7 openat(5</r>, "images.txt", O_RDWR|O_CREAT|O_CLOEXEC, 0664) = 9</r/images.txt>
                7 pwrite64(9</r/images.txt>, ""..., 10, 0) = 10
                7 fsync(9</r/images.txt>) = 0
                7 pwrite64(8</r/index.html>, ""..., 10, 0) = 10
                7 fsync(8</r/index.html>) = 0
                """)
        ).flaws
        #expect(flaws == ["/r/index.html: written to in its place", "/r/images.txt: made in its place"])
    }

    @Test("attributes that are not on disk at the end are found")
    func unsyncedAttributes() {
        let flaws = PublishOrder(
            Trace(
                """
                7 utimensat(9</r/archive/disk-1>, NULL, [UTIME_OMIT, {tv_sec=1, tv_nsec=0}], 0) = 0
                """)
        ).flaws
        #expect(flaws == ["/r/archive/disk-1: not synced at the end"])
    }
}
