import Foundation
import Testing

@testable import GlareModel

/// The page's own colours, light and dark, by WCAG 2.2: 1.4.3 for text, 1.4.11 for what a picture says.
@Suite("index.html: colours can be told apart")
struct PageContrastTests {
    private enum Scheme: CaseIterable { case light, dark }

    private static func colours(_ scheme: Scheme) -> [String: [Double]] {
        let blocks = String(decoding: [UInt8](PageStyle.source), as: UTF8.self).components(separatedBy: ":root {")
        let block = blocks[scheme == .light ? 1 : 2].components(separatedBy: "}")[0]
        return block.matches(of: /--([a-z-]+): #([0-9a-f]{6})/).reduce(into: [:]) { colours, match in
            let value = Int(match.2, radix: 16) ?? 0
            colours[String(match.1)] = [value >> 16, value >> 8 & 255, value & 255].map { Double($0) / 255 }
        }
    }

    /// WCAG 2.2, "relative luminance" and "contrast ratio".
    private static func contrast(_ one: [Double], _ other: [Double]) -> Double {
        func luminance(_ colour: [Double]) -> Double {
            let linear = colour.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        }
        let (low, high) = (min(luminance(one), luminance(other)), max(luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)
    }

    @Test(
        "AA", arguments: Scheme.allCases,
        [
            ("text", "page", 7), ("text", "panel", 7), ("muted", "page", 4.5), ("muted", "panel", 4.5),
            ("accent", "page", 4.5), ("accent", "panel", 4.5), ("on-accent", "accent", 4.5), ("page", "warning", 4.5),
            ("bar-whole", "page", 3), ("bar-update", "page", 3), ("bar-update", "bar-data", 3),
        ] as [(String, String, Double)])
    private func isEnough(_ scheme: Scheme, pair: (String, String, Double)) throws {
        let colours = Self.colours(scheme)
        let ratio = Self.contrast(try #require(colours[pair.0]), try #require(colours[pair.1]))
        #expect(ratio >= pair.2, "\(pair.0) on \(pair.1): \(ratio)")
    }

    @Test("black on white is 21 to 1")
    func measure() { #expect(Self.contrast([0, 0, 0], [1, 1, 1]) == 21) }
}
