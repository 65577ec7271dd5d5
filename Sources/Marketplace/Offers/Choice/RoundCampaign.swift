import Bitmaps
import Campaigns
import Kernel

/// One campaign in a round of decisions: whom it may be promised to, and what was promised already.
struct RoundCampaign: Sendable {
    let contender: Contender
    let name: String
    /// Whether it is decided in this round; else it only holds what it has.
    let isDue: Bool
    /// Why nobody may be promised it, or nobody new.
    var barred: OfferVerdict?
    /// Whom it may be promised to in this round.
    var eligible = KeySet()
    /// Promised for days of this period before; in force, or a pause away from it.
    var kept = KeySet()
    /// Promised in this week.
    var shownThisWeek = KeySet()
    /// Promised in the period before.
    var shownBefore = KeySet()
    /// Held out to measure what it brings.
    var holdout = KeySet()
    /// Of the audience when it was launched; they may be held out under another key.
    var shown = KeySet()
    /// Whose units are used up.
    var spent = KeySet()
    /// To whom it was promised, or who saw it, again and again in vain.
    var tired = KeySet()
    var isForAdults = false
    /// The mean of its products' discounts, in basis points.
    var depthBp: Int32 = 0
    /// Nil: the same for everybody.
    var depths: ShopperDepths?
    /// Of its members, those who were assigned no depth before, and those of them who are held out.
    var unassigned = KeySet()
    var unassignedHeld = KeySet()
    var holdoutBp: Int32 = 0
    var pacing: Int32 = 0

    /// In basis points.
    func depthBp(for key: UInt32) -> Int32 { depths?.depth(of: key) ?? depthBp }

    /// The depth of those who had none before.
    var freshlyAssigned: [AssignedDepth] {
        guard let depths else { return [] }
        return depths.split(unassigned).map { depth, keys in
            AssignedDepth(
                depthBP: depth, shown: keys.subtracting(unassignedHeld), holdout: keys.intersection(unassignedHeld))
        }
    }

    /// Those of a campaign to whom it is promised, by the depth that a grant names: 0 where it is the same for everybody.
    func grants(to members: KeySet) -> [(depthBP: Int32, members: KeySet)] {
        guard let depths else { return [(depthBP: 0, members: members)] }
        return depths.split(members)
    }
}

/// The campaigns of a retailer that want to be shown in a period, with all that one decision for all of its shoppers goes by.
struct DecisionRound: Sendable {
    let retailer: RetailerID
    let period: GrantPeriod
    /// The last closed day: nothing later is known of shoppers.
    let asOf: BusinessDay
    /// By launch, then id: a campaign's place is its rank among equals.
    var campaigns: [RoundCampaign]
    let choice: SlotChoice
    let goods: GoodsGroups
    let eligibility: Eligibility
    let model: RankingModel

    /// The day of the decision.
    var today: BusinessDay { asOf.adding(days: 1) }

    /// The places of those that are decided.
    var due: [Int] { campaigns.indices.filter { campaigns[$0].isDue } }

    /// Why a campaign is not for a shopper at all, whatever the others are; nil where it wants a slot. For shoppers to whom
    /// something may be promised.
    func bar(of place: Int, for key: UInt32) -> OfferVerdict? {
        let campaign = campaigns[place]
        if campaign.holdout.contains(key) { return .holdout }
        if campaign.eligible.contains(key) { return nil }
        if let barred = campaign.barred { return barred }
        if campaign.isForAdults, !eligibility.adults.contains(key) { return .adult }
        if campaign.spent.contains(key) { return .limitReached }
        return campaign.tired.contains(key) ? .fatigue : .noSlot
    }

    /// Those that hold a shopper: decided in this round, and of its audience.
    func concerning(_ key: UInt32) -> [Int] {
        due.filter { campaigns[$0].shown.contains(key) || campaigns[$0].holdout.contains(key) }
    }

    func kept(by key: UInt32) -> [Int] { campaigns.indices.filter { campaigns[$0].kept.contains(key) } }

    func shownThisWeek(to key: UInt32) -> [Int] { campaigns.indices.filter { campaigns[$0].shownThisWeek.contains(key) } }
}
