import Campaigns
import JSONText

/// What an offer says of itself in one reader's language.
struct OfferWords: Sendable, Hashable {
    /// The label's.
    let language: String
    let label: String
    let title: String?
    let terms: String?
    let legal: Presentation.Legal

    /// The campaign's own words go before the ready ones. Each text is in the best language that it has; the retailer's,
    /// else English, where the reader wants none of them.
    init(_ presentation: Presentation, _ fundedBy: FundedBy, for reader: LanguagePreferences, retailer: String) {
        let labels = fundedBy.labels.merging(presentation.label) { _, own in own }
        language = reader.best(of: labels.keys, otherwise: Self.fallback(retailer, labels))
        label = labels[language] ?? ""
        title = Self.text(presentation.title, for: reader, retailer)
        terms = Self.text(presentation.terms, for: reader, retailer)
        legal = presentation.legal
    }

    private static func text(_ texts: [String: String], for reader: LanguagePreferences, _ retailer: String) -> String? {
        texts[reader.best(of: texts.keys, otherwise: fallback(retailer, texts))]
    }

    private static func fallback(_ retailer: String, _ texts: [String: String]) -> String {
        let tags = texts.keys.sorted()
        let own = LanguagePreferences(retailer).best(of: tags, otherwise: "")
        return texts[own] != nil ? own : texts["en"] != nil ? "en" : tags.first ?? "en"
    }
}
