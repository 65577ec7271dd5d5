import Campaigns
import Kernel

/// How a shopper is told of a reward on several lines together; its amounts stand beside the words.
extension BasketReward {
    /// In the best language for the reader: the retailer's, else English, where the reader wants none of them.
    func words(for reader: LanguagePreferences, retailer: String) -> String {
        let own = LanguagePreferences(retailer).best(of: words.keys, otherwise: "en")
        return words[reader.best(of: words.keys, otherwise: own)] ?? ""
    }

    private var words: [String: String] {
        switch self {
        case .nForM(let take, let payFor):
            ["en": "\(take) for the price of \(payFor)", "ru": "\(take) по цене \(payFor)"]
        case .set: ["en": "Cheaper together", "ru": "Вместе дешевле"]
        case .percentOff(let share, _):
            ["en": "\(share.inPercent) % off all of them", "ru": "Скидка \(share.inPercent) % на все эти товары"]
        }
    }
}

extension BasisPoints {
    /// `15`, `12.5`, `0.05`.
    fileprivate var inPercent: String {
        let (whole, rest) = (value / 100, value % 100)
        guard rest > 0 else { return "\(whole)" }
        return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
