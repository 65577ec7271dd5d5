import Offers
import Testing

@Suite struct LanguageTests {
    struct Example: CustomTestStringConvertible, Sendable {
        let header: String?
        var tags = ["en", "ru"]
        var fallback = "ru"
        let best: String

        var testDescription: String { header ?? "no header" }
    }

    static let examples: [Example] = [
        Example(header: nil, best: "ru"),
        Example(header: "", best: "ru"),
        Example(header: "en", best: "en"),
        Example(header: "EN-us", best: "en"),
        Example(header: "ru;q=0.4, en;q=0.5", best: "en"),
        Example(header: "ru;q=0.5, en;q=0.5", best: "ru"),
        Example(header: "de, en;q=0.1", best: "en"),
        Example(header: "de", best: "ru"),
        Example(header: "*", best: "ru"),
        Example(header: "*;q=0.5, en;q=0.1", best: "ru"),
        Example(header: "en;q=0, *", fallback: "ru", best: "ru"),
        Example(header: "pt", tags: ["en", "pt-BR"], fallback: "en", best: "pt-BR"),
        Example(header: "pt-PT", tags: ["en", "pt-BR"], fallback: "en", best: "en"),
        Example(header: "zh-Hant-TW", tags: ["en", "zh-Hant"], fallback: "en", best: "zh-Hant"),
        Example(header: "en;q=1.001, ru;q=0.2", fallback: "en", best: "ru"),
        Example(header: "en;q=banana, ru;q=0.2", fallback: "en", best: "ru"),
        Example(header: "e n !, ru;q=0.2", fallback: "en", best: "ru"),
        Example(header: " en ; q=0.9 ,ru;q=0.8", best: "en"),
    ]

    @Test(arguments: examples) func `the best of the languages there are is taken`(example: Example) {
        let preferences = LanguagePreferences(example.header)

        #expect(preferences.best(of: example.tags, otherwise: example.fallback) == example.best)
    }

    @Test func `ranges beyond the bound are not looked at`() {
        let many = Array(repeating: "de", count: LanguagePreferences.rangesMax).joined(separator: ",")

        #expect(LanguagePreferences(many + ",en").best(of: ["en", "ru"], otherwise: "ru") == "ru")
    }
}
