import Campaigns
import JSONText
import Kernel

/// A retailer's offers as they stood at one moment. What changes with every receipt is here, what changes seldom in the stage.
struct OfferSnapshot: Sendable {
    let stage: OfferStage
    let people: OfferPeople
    let standings: [CampaignStanding]

    /// What of a campaign's limits is left to somebody of whom nothing is counted, as JSON.
    let untouchedLimits: [[UInt8]]

    /// `standings` by slot.
    init(stage: OfferStage, people: OfferPeople, standings: [CampaignStanding], after former: OfferSnapshot? = nil) {
        (self.stage, self.people, self.standings) = (stage, people, standings)
        if let former, former.stage === stage, former.standings.elementsEqual(standings, by: { $0.counted == $1.counted }) {
            untouchedLimits = former.untouchedLimits
        } else {
            untouchedLimits = zip(stage.campaigns, standings).map { campaign, standing in
                // No counter binds, so the day does not matter.
                LimitsLeft(campaign.limits, counted: standing.counted, on: BusinessDay(daysSince1970: 0)).jsonBytes
            }
        }
    }

    var byteCount: Int { people.byteCount + stage.lists.byteCount }
}

/// What of a running campaign changes all the time.
struct CampaignStanding: Sendable, Hashable {
    /// Its money pays for nothing any more.
    let isExhausted: Bool
    /// The largest discount on a piece that its money pays, in minor units.
    let pieceMaxMinor: Int64
    /// Units that all shoppers together may still take, where that is limited.
    let counted: [CountedLimit]
}
