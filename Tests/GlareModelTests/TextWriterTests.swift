import GlareModel
import Testing

@Suite("Text that is written into memory")
struct TextWriterTests {
    @Test("numbers in decimal, with zeros in front up to a width and never cut")
    func decimal() {
        let cases: [(number: UInt64, digits: Int, text: String)] = [
            (0, 1, "0"), (7, 1, "7"), (10, 1, "10"), (0, 2, "00"), (9, 2, "09"), (10, 2, "10"), (100, 2, "100"),
            (1994, 4, "1994"), (6, 4, "0006"), (.max, 1, "18446744073709551615"),
        ]
        for (number, digits, text) in cases {
            #expect(String(capacity: 20) { $0.write(decimal: number, digits: digits) } == text)
        }
    }

    @Test("numbers in hexadecimal, as String writes them", arguments: [0, 9, 10, 15, 16, 0xABCDEF, UInt64.max])
    func hexadecimal(number: UInt64) {
        #expect(String(capacity: 16) { $0.write(hexadecimal: number) } == String(number, radix: 16))
    }

    @Test("text of both kinds, one after another")
    func text() {
        let written = String(capacity: 32) { writer in
            writer.write("größer")
            writer.write(String(repeating: "x", count: 20))
            writer.write("")
        }
        #expect(written == "größer" + String(repeating: "x", count: 20))
    }

    @Test("what does not fit ends the program")
    func tooLittleRoom() async {
        await #expect(processExitsWith: .failure) {
            withUnsafeTemporaryAllocation(byteCount: 3, alignment: 1) { space in
                var writer = TextWriter(space)
                writer.write("four")
            }
        }
    }
}
