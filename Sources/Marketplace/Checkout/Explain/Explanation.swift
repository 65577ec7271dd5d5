import Campaigns
import JSONText
import Kernel
import Offers

/// What a basket would get, and of each campaign that touches it all that decides.
struct Explanation: Sendable {
    private let outcome: BasketOutcome
    private let situation: CheckoutSituation
    private let before: Availability
    private let at: Instant
    private let standings: [CampaignID: ShopperStanding]
    /// As they really stand, of campaigns that were named.
    private let states: [CampaignID: CampaignState]
    private let unlaunched: Set<CampaignID>

    /// `before` is what money and limits left before this basket.
    init(
        _ situation: CheckoutSituation, _ decision: QuoteDecision, before: Availability, at: Instant,
        standings: [CampaignID: ShopperStanding], states: [CampaignID: CampaignState], unlaunched: Set<CampaignID>
    ) {
        outcome = BasketOutcome(situation, decision)
        self.situation = situation
        self.before = before
        self.at = at
        self.standings = standings
        self.states = states
        self.unlaunched = unlaunched
    }

    func written(for reader: LanguagePreferences) -> WrittenExplanation {
        WrittenExplanation(explanation: self, reader: reader)
    }

    fileprivate func write(to json: inout JSONWriter, for reader: LanguagePreferences) {
        json.object { json in
            json.field("at", at)
            json.field("business_day", situation.clock.businessDay)
            outcome.write(to: &json, for: reader)
            json.array("campaigns", situation.campaigns) { json, campaign in write(campaign, to: &json) }
        }
    }

    private func write(_ campaign: RunningCampaign, to json: inout JSONWriter) {
        let basket = situation.basket
        json.object { json in
            json.field("campaign_id", campaign.id)
            json.field("name", campaign.name)
            json.field("version", campaign.version)
            json.field("state", word: states[campaign.id] ?? campaign.state)
            json.field("rehearsed", states[campaign.id] != nil)
            json.field("starts_at", LocalTime(clock: campaign.startsAtLocal))
            json.field("ends_at", LocalTime(clock: campaign.endsAtLocal))
            json.field("local_time", LocalTime(clock: basket.localTime))
            json.field("runs_in_store", campaign.stores?.contains(basket.store) ?? true)
            json.field("for_everyone", campaign.isForEveryone)
            json.field("shopper", standings[campaign.id]?.rawValue)
            let money = campaign.shares.map { before.money(on: $0.account) }
            let left = unlaunched.contains(campaign.id) ? money.first ?? 0 : money.reduce(0, +)
            json.field("budget_left", Money(minor: left, asset: outcome.asset))
            let limits = campaign.limits(for: basket)
            json.array("limits", limits.filter { !$0.key.counter.isMoney }) { json, limit in
                json.object { json in
                    json.field("limit", word: limit.key.counter)
                    json.field("units", limit.bound)
                    json.field("left", before.left(of: limit.key) ?? limit.bound)
                }
            }
            // What a day spends is counted for an even pace too, where it has no cap.
            let paces = limits.filter { $0.key.counter.isMoney && !($0.key.counter == .day && $0.bound == Money.bound) }
            json.array("pacing", paces) { json, limit in
                json.object { json in
                    json.field("pace", word: limit.key.counter)
                    json.field("left", Money(minor: before.left(of: limit.key) ?? limit.bound, asset: outcome.asset))
                }
            }
        }
    }
}

/// An explanation with its reasons in a reader's language.
struct WrittenExplanation: Sendable, JSONWritable {
    fileprivate let explanation: Explanation
    fileprivate let reader: LanguagePreferences

    func write(to json: inout JSONWriter) { explanation.write(to: &json, for: reader) }
}
