package import Campaigns
import Kernel

extension RunningCampaign {
    /// Why the campaign does not speak to a basket at all, before any price is looked at; nil where it does.
    ///
    /// The till honours promises in force and open campaigns, nothing else (DOMAIN 4); of those that need it, what the shopper
    /// has activated.
    package func reasonAgainst(_ basket: Basket) -> QuoteReason? {
        switch state {
        case .paused: return isOutOfMoney ? .budgetExhausted : .paused
        case .scheduled, .running: break
        default: return .ended
        }
        guard basket.localTime >= startsAtLocal else { return .notStarted }
        guard basket.localTime < endsAtLocal else { return .ended }
        guard stores?.contains(basket.store) ?? true else { return .notInStore }
        guard !isForEveryone || needsActivation else { return nil }
        guard let shopper = basket.shopper else { return .noShopper }
        guard isForEveryone || shopper.promised.contains(id) else { return .notInAudience }
        return needsActivation && !shopper.activated.contains(id) ? .notActivated : nil
    }
}
