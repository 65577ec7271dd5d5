package import HTTPSupport
package import JSONText
package import Kernel

/// What one version of a campaign says: drafted, then frozen at submit. `startsAt < endsAt`.
package struct CampaignTerms: Hashable, Sendable {
    package static let nameCharactersMax = 200
    /// Half of an audience at most is left out for the comparison.
    package static let holdoutMaxBp: Int64 = 5_000
    /// The longest period: a year and a day.
    package static let daysMax: Int32 = 366
    package static let stackingGroupCharactersMax = 64

    package let name: String
    package internal(set) var products: ProductSelection
    package let stores: StoreSelection
    /// Where depths differ by shopper: the deepest.
    package let reward: Reward
    /// Nil: the same for everybody.
    package let depthByShopper: DepthByShopper?
    /// Above it a percentage is capped and a fixed price withheld; nil: 10 % over the discount at the recorded price.
    package let discountMaxPerUnitMinor: Int64?
    package internal(set) var startsAt: LocalTime
    /// The first moment that does not belong to it.
    package internal(set) var endsAt: LocalTime
    /// It may still be launched after `startsAt`, and then starts at once; otherwise its approval lapses at the start.
    package let startsLate: Bool
    package let limits: CampaignLimits
    /// Discounts and fee together.
    package internal(set) var budget: Money
    /// Nil: the budget stays as it was approved.
    package let budgetExtension: BudgetExtension?
    /// Nil: it is spent as it is asked for.
    package let pacing: Pacing?
    package let holdout: BasisPoints
    package internal(set) var eligibility: CampaignEligibility
    package let presentation: Presentation
    package let funding: FundingPlan
    /// New products of the named brands and categories join while it runs.
    package let followsCatalogue: Bool
    /// Where the retailer stacks groups of campaigns in an order: the one that it is of; nil: none.
    package let stackingGroup: String?
    /// A shopper gets it who has activated it in the app.
    package let needsActivation: Bool

    /// What it may cost in all: the budget with all that may be added to it.
    package var budgetMax: Money {
        Money(minor: min(budget.minor + (budgetExtension?.limit.minor ?? 0), Money.bound), asset: budget.asset)
    }

    package var firstDay: BusinessDay { startsAt.day }
    package var lastDay: BusinessDay { endsAt.lastDayBefore }
    /// First and last included.
    package var days: Int32 { lastDay.daysSince1970 - firstDay.daysSince1970 + 1 }
}

extension CampaignTerms {
    /// Reads a new draft, or an edit of an old one that names what changes.
    package init(_ fields: Fields, over old: CampaignTerms?, in asset: Asset) {
        name = fields.edited("name", from: old?.name) { fields.string($0, max: Self.nameCharactersMax) }
        products = fields.edited("products", from: old?.products) { name in
            fields.object(name, otherwise: .ids([]), ProductSelection.init(_:))
        }
        stores =
            fields.objectIfPresent("stores", StoreSelection.init(_:)) ?? old?.stores ?? .all
        reward = Self.reward(fields, over: old?.reward)
        let deep = fields.objectIfPresent("depth_by_shopper", DepthByShopper.init(_:))
        depthByShopper = fields.isNull("depth_by_shopper") ? nil : deep ?? old?.depthByShopper
        let capped = fields.integerIfPresent("discount_max_per_unit", in: 1...Money.bound)
        discountMaxPerUnitMinor = fields.isNull("discount_max_per_unit") ? nil : capped ?? old?.discountMaxPerUnitMinor
        startsAt = fields.edited("starts_at", from: old?.startsAt) { fields.localTime($0) }
        endsAt = fields.edited("ends_at", from: old?.endsAt) { fields.localTime($0) }
        startsLate = fields.boolIfPresent("late_start") ?? old?.startsLate ?? false
        limits = fields.objectIfPresent("limits", CampaignLimits.init(_:)) ?? old?.limits ?? CampaignLimits()
        budget = fields.edited("budget", from: old?.budget) { fields.money($0, in: asset) }
        let extensible = fields.objectIfPresent("budget_extension") { BudgetExtension($0, in: asset) }
        budgetExtension = fields.isNull("budget_extension") ? nil : extensible ?? old?.budgetExtension
        let paced = fields.objectIfPresent("pacing") { Pacing($0, in: asset) }
        pacing = fields.isNull("pacing") ? nil : paced ?? old?.pacing
        holdout =
            fields.integerIfPresent("holdout_bp", in: 0...Self.holdoutMaxBp).map { BasisPoints(stored: Int32($0)) }
            ?? old?.holdout ?? BasisPoints(stored: 0)
        eligibility = fields.edited("eligibility", from: old?.eligibility) { name in
            fields.object(name, otherwise: .everyone, CampaignEligibility.init(_:))
        }
        presentation = fields.objectIfPresent("presentation", Presentation.init(_:)) ?? old?.presentation ?? Presentation()
        funding = fields.has("funding") ? FundingPlan(fields, "funding") : old?.funding ?? FundingPlan()
        followsCatalogue = fields.boolIfPresent("follow_catalogue") ?? old?.followsCatalogue ?? false
        let group = fields.stringIfPresent("stacking_group", max: Self.stackingGroupCharactersMax)
        stackingGroup = fields.isNull("stacking_group") ? nil : group ?? old?.stackingGroup
        needsActivation = fields.boolIfPresent("needs_activation") ?? old?.needsActivation ?? false
        refuseContradictions(fields, isNew: old == nil)
    }

    /// Of a unit as `reward`, or of several lines as `basket_reward`: the nearest of a unit may stand beside it, as it does
    /// where a campaign is shown.
    private static func reward(_ fields: Fields, over old: Reward?) -> Reward {
        let basket = fields.objectIfPresent("basket_reward", BasketReward.init(_:))
        if let basket {
            if fields.has("reward"), fields.objectIfPresent("reward", Reward.init(_:)) != basket.nearest {
                fields.refuse("basket_reward", "one_only", "Only one of reward and basket_reward.")
            }
            return .basket(basket)
        }
        if let old, !fields.has("reward"), !fields.isNull("reward") {
            guard fields.isNull("basket_reward"), old.basket != nil else { return old }
        }
        return fields.object("reward", otherwise: .amountOff(minor: 1), Reward.init(_:))
    }

    private func refuseContradictions(_ fields: Fields, isNew: Bool) {
        let hasPeriod = !isNew || fields.has("starts_at") && fields.has("ends_at")
        if hasPeriod, endsAt <= startsAt { fields.refuse("ends_at", "before_start", "Must be after starts_at.") }
        if hasPeriod, startsAt < endsAt, days > Self.daysMax {
            fields.refuse("ends_at", "too_long", "A campaign lasts at most \(Self.daysMax) days.")
        }
        if case .everyone = eligibility, holdout.value > 0 {
            fields.refuse("holdout_bp", "open_campaign", "A campaign for everyone has no holdout.")
        }
        if followsCatalogue, products.isExplicit {
            fields.refuse("follow_catalogue", "nothing_to_follow", "Only brands and categories get new products.")
        }
        if let depthByShopper { refuse(depthByShopper, fields) }
        if case .set(let set)? = reward.basket, products != .ids(set.products) {
            fields.refuse("products", "not_the_set", "Must be the ids of the set's products, all of them.")
        }
    }
}

extension CampaignTerms {
    private func refuse(_ depths: DepthByShopper, _ fields: Fields) {
        guard case .percentOff(let most) = reward else {
            return fields.refuse("depth_by_shopper", "not_a_percentage", "Only a percentage of a unit has depths by shopper.")
        }
        if case .everyone = eligibility {
            fields.refuse("depth_by_shopper", "open_campaign", "A campaign for everyone is the same for all.")
        }
        if depths.most != most {
            fields.refuse("depth_by_shopper", "not_the_reward", "The deepest of its depths must be the reward.")
        }
    }
}

extension CampaignTerms {
    package func writeMembers(to json: inout JSONWriter) {
        json.field("name", name)
        json.field("products", products)
        json.field("stores", stores)
        json.field("reward", reward.nearest)
        json.field("basket_reward", reward.basket)
        json.field("depth_by_shopper", depthByShopper)
        json.field("discount_max_per_unit", discountMaxPerUnitMinor)
        json.field("starts_at", startsAt)
        json.field("ends_at", endsAt)
        json.field("late_start", startsLate)
        json.field("limits", limits)
        json.field("budget", budget)
        json.field("budget_extension", budgetExtension)
        json.name("pacing")
        if let pacing { pacing.write(to: &json, in: budget.asset) } else { json.null() }
        json.field("holdout_bp", holdout)
        json.field("eligibility", eligibility)
        json.field("presentation", presentation)
        json.array("funding", funding.parts) { $1.write(to: &$0) }
        json.field("follow_catalogue", followsCatalogue)
        json.field("stacking_group", stackingGroup)
        json.field("needs_activation", needsActivation)
    }
}
