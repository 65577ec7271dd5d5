package import Campaigns
import Kernel

extension RunningCampaign {
    /// Why the campaign does not speak to a basket at all, before any price is looked at; nil where it does.
    ///
    /// The till honours promises in force and open campaigns, nothing else (DOMAIN 4).
    package func reasonAgainst(_ basket: Basket) -> QuoteReason? {
        switch state {
        case .paused: return isOutOfMoney ? .budgetExhausted : .paused
        case .scheduled, .running: break
        default: return .ended
        }
        guard basket.localTime >= startsAtLocal else { return .notStarted }
        guard basket.localTime < endsAtLocal else { return .ended }
        guard stores?.contains(basket.store) ?? true else { return .notInStore }
        guard !isForEveryone else { return nil }
        guard let shopper = basket.shopper else { return .noShopper }
        return shopper.promised.contains(id) ? nil : .notInAudience
    }
}
