package import Campaigns
import Kernel
package import Offers

/// A line of a basket is discounted by the same arithmetic as the offer that was shown (DOMAIN 3).
extension RewardAmount {
    /// The discount on the first `units` of a line.
    package static func on(
        _ line: BasketLine, units: Int64, reward: Reward, terms: CampaignProductTerms, rules: Rules
    ) throws(Nothing) -> RewardAmount {
        guard !line.isClosed else { throw .closed }
        guard line.units > 0, units > 0 else { throw .noQuantity }
        let most = min(units, line.units)
        return try on(PricedPart(of: line, units: most), units: most, reward: reward, terms: terms, rules: rules)
    }
}

extension PricedPart {
    /// The first units of a line: one of several equal pieces, or the whole of what does not divide.
    init(of line: BasketLine, units: Int64) {
        let pieces = line.units
        guard line.isWholePieces else {
            self.init(baseMinor: line.baseMinor, quantityMilli: line.quantityMilli, copies: 1)
            return
        }
        if line.baseMinor % pieces == 0 {
            self.init(baseMinor: line.baseMinor / pieces, quantityMilli: 1000, copies: units)
        } else {
            let base = Int64(Int128(line.baseMinor) * Int128(units) / Int128(pieces))
            self.init(baseMinor: base, quantityMilli: units * 1000, copies: 1)
        }
    }
}
