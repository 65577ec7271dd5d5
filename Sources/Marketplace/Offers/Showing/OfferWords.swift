import Campaigns
import JSONText

/// What an offer says of itself in one reader's language.
package struct OfferWords: Sendable, Hashable {
    /// The label's.
    let language: String
    let label: String
    let title: String?
    let terms: String?
    let legal: Presentation.Legal

    /// The campaign's own words go before the ready ones. Each text is in the best language that it has; the retailer's,
    /// else English, where the reader wants none of them.
    init(_ presentation: Presentation, _ fundedBy: FundedBy, for reader: LanguagePreferences, retailer: String) {
        (language, label) = Self.label(presentation.label, fundedBy, for: reader, retailer: retailer)
        title = Self.text(presentation.title, for: reader, retailer)
        terms = Self.text(presentation.terms, for: reader, retailer)
        legal = presentation.legal
    }

    /// The label alone, with its language.
    package static func label(
        _ own: [String: String], _ fundedBy: FundedBy, for reader: LanguagePreferences, retailer: String
    ) -> (language: String, text: String) {
        let labels = fundedBy.labels.merging(own) { _, own in own }
        let language = reader.best(of: labels.keys, otherwise: fallback(retailer, labels))
        return (language, labels[language] ?? "")
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
