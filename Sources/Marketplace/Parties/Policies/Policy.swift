package import Kernel
import Postgres

/// How a retailer wants its promotions run: its settings, each with a default (docs/policies.md).
@dynamicMemberLookup package struct Policy: Sendable, Hashable {
    package let retailer: RetailerID
    package var settings: PolicySettings
    /// Rises with every change.
    package var version: Int64
    package var updatedAt: Instant

    package subscript<Value>(dynamicMember member: KeyPath<PolicySettings, Value>) -> Value { settings[keyPath: member] }
}

package struct PolicySettings: Sendable, Hashable {
    /// Days over which profiles are computed, ending with the last closed business day: 7 to 365.
    package let profileWindowDays: Int32
    /// The least number of shoppers that a supplier may learn of: 10 to 10 000.
    package let privacyFloor: Int32
    /// Days after a campaign's end in which sales inside its period still pay: 0 to 60.
    package let lateReceiptDays: Int32
    /// The part of a budget after which no new shopper is shown the offer.
    package let stopPublishing: BasisPoints
    /// How long a quote's hold lives: 30 s to 7 days.
    package let holdSeconds: Int32
    /// The same of an online order; nil: as a till's.
    package let onlineHoldSeconds: Int32?
    package let offerPeriod: OfferPeriod
    /// Unit discounts are rounded to this many minor units, in the shopper's favour.
    package let priceStepMinor: Int64
    package let belowMinimumPrice: BelowMinimumPrice
    package let exhaustedShare: ExhaustedShare
    /// Whether shoppers get personal offers unless their flag says otherwise.
    package let personalOffersDefault: Bool
    package let topUpNeedsSecondPerson: Bool
    /// Whether a payment of what is owed by statements is confirmed by another person than who ordered it.
    package let paymentNeedsSecondPerson: Bool
    /// How long redemptions are kept: 1 to 20 years.
    package let redemptionYears: Int32
    /// When a business day begins, in minutes after midnight: 0 to 720.
    package let dayStartsAtMinutes: Int32
    package let stacking: StackingMode
    /// Groups of campaigns, the first one first, each once; counts where they stack in order.
    package let stackingOrder: [String]
    package let offers: OfferChoice
    /// By what a campaign may give one shopper less than another.
    package let depthRules: DepthRules
}

/// How offers stack on a line.
package enum StackingMode: String, CaseIterable, SQLWord {
    /// A line gets one campaign's discount.
    case bestOffer = "best_offer"
    /// A line gets one campaign's discount of each group, one after the other on what the earlier left of the price.
    case inOrder = "in_order"
}

/// How often ranking decides what a shopper is shown.
package enum OfferPeriod: String, CaseIterable, SQLWord {
    case day, week

    /// The days of the period to which one belongs: weeks are from Monday to Sunday (DOMAIN 11).
    package func days(containing day: BusinessDay) -> ClosedRange<BusinessDay> {
        switch self {
        case .day: day...day
        case .week: day.startOfWeek...day.startOfWeek.adding(days: 6)
        }
    }
}

/// What happens to a percentage that would sell below the product's minimum price.
package enum BelowMinimumPrice: String, CaseIterable, SQLWord { case clip, withhold }

/// What happens to a discount when the share of one of its wallets is used up.
package enum ExhaustedShare: String, CaseIterable, SQLWord {
    case stop
    case othersTakeOver = "others_take_over"
}
