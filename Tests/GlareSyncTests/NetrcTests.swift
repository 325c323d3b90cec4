import Testing

@testable import GlareSync

@Suite("netrc: names and passwords for machines")
struct NetrcTests {
    @Test(
        arguments: [
            "machine h login me password s3cret",
            "machine h\n\tlogin me\n\tpassword s3cret\n",
            "machine h password s3cret login me account x",
            "# machine h login no password no\nmachine h login me password s3cret # it\n",
            "machine h login \"me\" password \"s3cret\"",
            "machine other login no password no\nmachine h login me password s3cret\ndefault login no password no",
            "machine other login no password no default login me password s3cret",
            "machine H login me password s3cret",
            "macdef init\nmachine h login no\npassword no\n\nmachine h login me password s3cret",
            "machine h login me password s3cret\nmachine h login you password other",
        ])
    func waysToWriteIt(_ text: String) {
        #expect(Netrc(text).credentials(for: "h") == Credentials(user: "me", password: "s3cret"), "\(text)")
    }

    @Test func quotesKeepBlanksAndEscapes() {
        let netrc = Netrc("machine h login me password \"a \\\"b\\\\ #c\"")
        #expect(netrc.credentials(for: "h")?.password == "a \"b\\ #c")
    }

    @Test func theOneForAllMachinesCanBeLeftOut() {
        let netrc = Netrc("machine h login a password 1 default login b password 2")
        #expect(netrc.credentials(for: "other")?.password == "2")
        #expect(netrc.credentials(for: "other", withDefault: false) == nil)
        #expect(netrc.credentials(for: "h", withDefault: false)?.password == "1")
    }

    @Test func ofSeveralTheOneWithTheUsersName() {
        let netrc = Netrc("machine h login a password 1 machine h login b password 2 default login c password 3")
        #expect(netrc.credentials(for: "h", user: "b")?.password == "2")
        #expect(netrc.credentials(for: "h", user: "c")?.password == "3")
        #expect(netrc.credentials(for: "h", user: "d") == nil)
    }

    @Test(arguments: [
        "", "machine", "machine h login", "login me password x", "\"", "macdef", "macdef x\ny", "#", "\\",
    ])
    func whatIsCutOffHarmsNobody(_ text: String) {
        #expect(Netrc(text).credentials(for: "other") == nil)
    }
}
