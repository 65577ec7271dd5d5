import HTTPSupport
import JSONText
package import Kernel
package import Postgres

extension Transaction {
    /// A retailer's settings; every retailer has them from its first moment on.
    package func policy(of retailer: RetailerID) throws -> Policy {
        try one("\(fragment: selectPolicy) WHERE retailer_id = \(retailer)", { row in try Policy(row: &row) })
    }

    /// The settings, locked for a change; nil where there is no such retailer.
    func lockPolicy(of retailer: RetailerID) throws -> Policy? {
        try first("\(fragment: selectPolicy) WHERE retailer_id = \(retailer) FOR UPDATE", { row in try Policy(row: &row) })
    }

    func update(_ policy: Policy) throws {
        try execute(
            """
            UPDATE policy
            SET profile_window_days = \(policy.profileWindowDays), privacy_floor = \(policy.privacyFloor),
                late_receipt_days = \(policy.lateReceiptDays), stop_publishing_bp = \(policy.stopPublishing),
                hold_seconds = \(policy.holdSeconds), online_hold_seconds = \(policy.onlineHoldSeconds), offer_period = \(policy.offerPeriod),
                price_step_minor = \(policy.priceStepMinor), below_minimum_price = \(policy.belowMinimumPrice),
                exhausted_share = \(policy.exhaustedShare), personal_offers_default = \(policy.personalOffersDefault),
                top_up_needs_second_person = \(policy.topUpNeedsSecondPerson),
                payment_needs_second_person = \(policy.paymentNeedsSecondPerson), redemption_years = \(policy.redemptionYears),
                day_starts_at_minutes = \(policy.dayStartsAtMinutes), stacking = \(policy.stacking),
                stacking_order = \(policy.stackingOrder), offers_per_shopper_max = \(policy.offers.perShopperMax),
                offers_per_shopper_week_max = \(policy.offers.perShopperWeekMax),
                competitor_separation = \(policy.offers.separation),
                exclusive_categories = \(policy.offers.exclusivities.map(\.category)),
                exclusive_suppliers = \(policy.offers.exclusivities.map(\.supplier)), slots = \(policy.offers.slots),
                fatigue_periods = \(policy.offers.fatiguePeriods), fatigue_impressions = \(policy.offers.fatigueImpressions),
                depth_rules = \(JSONB(policy.depthRules.jsonBytes)),
                version = \(policy.version), updated_at = \(policy.updatedAt)
            WHERE retailer_id = \(policy.retailer)
            """)
    }
}

private let selectPolicy: SQL = """
    SELECT retailer_id, profile_window_days, privacy_floor, late_receipt_days, stop_publishing_bp, hold_seconds,
        online_hold_seconds, offer_period, price_step_minor, below_minimum_price, exhausted_share, personal_offers_default, top_up_needs_second_person,
        payment_needs_second_person, redemption_years, day_starts_at_minutes, stacking, stacking_order, offers_per_shopper_max,
        offers_per_shopper_week_max, competitor_separation, exclusive_categories, exclusive_suppliers, slots, fatigue_periods,
        fatigue_impressions, depth_rules, version, updated_at
    FROM policy
    """

extension Policy {
    init(row: inout Row) throws {
        retailer = try row.next()
        settings = PolicySettings(
            profileWindowDays: try row.next(), privacyFloor: try row.next(), lateReceiptDays: try row.next(),
            stopPublishing: try row.next(), holdSeconds: try row.next(), onlineHoldSeconds: try row.nextOptional(),
            offerPeriod: try row.next(),
            priceStepMinor: try row.next(), belowMinimumPrice: try row.next(), exhaustedShare: try row.next(),
            personalOffersDefault: try row.next(), topUpNeedsSecondPerson: try row.next(),
            paymentNeedsSecondPerson: try row.next(), redemptionYears: try row.next(),
            dayStartsAtMinutes: try row.next(), stacking: try row.next(), stackingOrder: try row.next(),
            offers: try OfferChoice(row: &row), depthRules: try DepthRules(row: &row))
        version = try row.next()
        updatedAt = try row.next()
    }
}

extension DepthRules {
    fileprivate init(row: inout Row) throws {
        self = try row.nextStoredOptional { DepthRules($0, over: DepthRules()) } ?? DepthRules()
    }
}

extension OfferChoice {
    fileprivate init(row: inout Row) throws {
        perShopperMax = try row.nextOptional()
        perShopperWeekMax = try row.nextOptional()
        separation = try row.next()
        let (categories, suppliers): ([ExternalID], [SupplierID]) = (try row.next(), try row.next())
        exclusivities = zip(categories, suppliers).map { CategoryExclusivity(category: $0, supplier: $1) }
        slots = try row.next()
        fatiguePeriods = try row.nextOptional()
        fatigueImpressions = try row.nextOptional()
    }
}
