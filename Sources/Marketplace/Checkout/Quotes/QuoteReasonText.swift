import Offers

/// Reasons in words, for the shopper or whoever stands beside them.
extension QuoteReason {
    private static let texts: [String: [QuoteReason: String]] = [
        "en": [
            .noShopper: "This offer is personal: show your card.", .notInAudience: "This offer is not among yours.",
            .notActivated: "Activate this offer in the app first.",
            .notInStore: "This offer does not run in this store.", .notStarted: "This offer has not started yet.",
            .ended: "This offer has ended.", .paused: "This offer is suspended.",
            .closedLine: "The price of this product cannot be reduced further.",
            .noBenefit: "This product already costs no more than with the offer.",
            .priceMoved: "The price has changed since the offer was made.",
            .notAllowedAtThisPrice: "The offer is not possible at this price.",
            .setIncomplete: "More products are needed for this offer.",
            .limitReached: "You have taken all units of this offer.", .budgetExhausted: "This offer has run out.",
            .dayBudgetReached: "This offer has run out for today.",
            .storeBudgetReached: "This offer has run out in this store.",
            .betterOffer: "Another offer gives you more.",
        ],
        "ru": [
            .noShopper: "Предложение персональное: предъявите карту.", .notInAudience: "Этого предложения нет среди ваших.",
            .notActivated: "Сначала активируйте предложение в приложении.",
            .notInStore: "Предложение не действует в этом магазине.", .notStarted: "Предложение ещё не началось.",
            .ended: "Предложение закончилось.", .paused: "Предложение приостановлено.",
            .closedLine: "Цену этого товара нельзя снизить.",
            .noBenefit: "Товар и так стоит не дороже, чем по предложению.",
            .priceMoved: "С тех пор как предложение было сделано, цена изменилась.",
            .notAllowedAtThisPrice: "При этой цене предложение невозможно.",
            .setIncomplete: "Для этого предложения нужно больше товаров.",
            .limitReached: "Вы использовали все единицы этого предложения.", .budgetExhausted: "Предложение исчерпано.",
            .dayBudgetReached: "На сегодня предложение исчерпано.",
            .storeBudgetReached: "В этом магазине предложение исчерпано.",
            .betterOffer: "Другое предложение выгоднее.",
        ],
    ]

    /// In a language that `language(for:retailer:)` chose.
    func text(in language: String) -> String { Self.texts[language]?[self] ?? "" }

    /// The best of the languages that there are for a reader; the retailer's, else English, where the reader wants none.
    static func language(for reader: LanguagePreferences, retailer: String) -> String {
        reader.best(of: texts.keys, otherwise: LanguagePreferences(retailer).best(of: texts.keys, otherwise: "en"))
    }

    /// For a test: every reason has words in every language.
    package static var languagesWithout: [String: [QuoteReason]] {
        texts.mapValues { words in allCases.filter { words[$0]?.isEmpty ?? true } }.filter { !$0.value.isEmpty }
    }
}
