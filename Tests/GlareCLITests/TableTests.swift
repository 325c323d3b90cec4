import Testing

@testable import GlareCLI

@Suite("Tables on a terminal")
struct TableTests {
    @Test("columns are as wide as their widest cell, and no line ends in blanks")
    func alignment() {
        var table = Table([("NAME", .left), ("SIZE", .right), ("AGE", .left)])
        table.add(["debian-12", "1.0 GiB", "3 days ago"])
        table.add(["a", "412 B", ""])
        #expect(
            table.text(Style(isColoured: false, isUnicode: false)) == """
                NAME          SIZE  AGE
                debian-12  1.0 GiB  3 days ago
                a            412 B

                """)
    }

    @Test("a last column to the right ends at one place")
    func rightmost() {
        var table = Table([("NAME", .left), ("SIZE", .right)])
        table.add(["a", "1000 B"])
        #expect(table.text(Style(isColoured: false, isUnicode: false)) == "NAME    SIZE\na     1000 B\n")
    }

    @Test("without rows only the headings are there")
    func empty() {
        #expect(
            Table([("NAME", .left), ("SIZE", .right)]).text(Style(isColoured: false, isUnicode: false))
                == "NAME  SIZE\n")
    }

    @Test("letters with accents are as wide as others")
    func characters() {
        var table = Table([("N", .left), ("S", .left)])
        table.add(["é", "1"])
        table.add(["e\u{301}", "2"])
        #expect(table.text(Style(isColoured: false, isUnicode: false)) == "N  S\né  1\ne\u{301}  2\n")
    }
}
