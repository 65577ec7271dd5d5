import HTTPSupport
package import JSONText
package import Kernel
import Postgres

/// How a retailer wants the offers of one shopper chosen among all campaigns that hold it (DOMAIN 4). As it begins, all of
/// them are shown.
package struct OfferChoice: Sendable, Hashable {
    package static let offersBound: Int64 = 200
    package static let fatiguePeriodsBound: Int64 = 52
    package static let fatigueImpressionsBound: Int64 = 1_000
    package static let exclusivitiesMax = 100

    /// Offers that one shopper is promised for a period, at most: 1 to 200; nil: all that qualify.
    package let perShopperMax: Int32?
    /// Different offers that suppliers pay for, promised to one shopper within a week of business days: 1 to 200; nil: no
    /// bound.
    package let perShopperWeekMax: Int32?
    package let separation: CompetitorSeparation
    package let exclusivities: [CategoryExclusivity]
    package let slots: SlotSharing
    /// An offer that was promised in so many periods on end and never used rests for one: 1 to 52; nil: none does.
    package let fatiguePeriods: Int32?
    /// An offer that a shopper has seen so often and never used is promised to them no more: 1 to 1 000; nil: seeing counts nothing.
    package let fatigueImpressions: Int32?

    package init(
        perShopperMax: Int32? = nil, perShopperWeekMax: Int32? = nil, separation: CompetitorSeparation = .none,
        exclusivities: [CategoryExclusivity] = [], slots: SlotSharing = .best, fatiguePeriods: Int32? = nil,
        fatigueImpressions: Int32? = nil
    ) {
        self.perShopperMax = perShopperMax
        self.perShopperWeekMax = perShopperWeekMax
        self.separation = separation
        self.exclusivities = exclusivities
        self.slots = slots
        self.fatiguePeriods = fatiguePeriods
        self.fatigueImpressions = fatigueImpressions
    }
}

/// Whether one shopper is shown the offers of several suppliers for goods of the same category.
package enum CompetitorSeparation: String, CaseIterable, SQLWord { case none, category }

/// How suppliers share the offers that one shopper may be shown.
package enum SlotSharing: String, CaseIterable, SQLWord {
    /// The best offers, whosesoever they are.
    case best
    /// One for each supplier that has one, before any gets a second.
    case fair
}

/// A supplier to whom a category, with all below it, was sold: no other supplier's offer that has goods of it is shown. The
/// retailer's own are.
package struct CategoryExclusivity: Sendable, Hashable {
    package let category: ExternalID
    package let supplier: SupplierID

    package init(category: ExternalID, supplier: SupplierID) {
        self.category = category
        self.supplier = supplier
    }
}

extension CategoryExclusivity: JSONWritable {
    init(_ fields: Fields) {
        category = fields.externalID("category_id")
        supplier = fields.id("supplier_id")
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("category_id", category)
            json.field("supplier_id", supplier)
        }
    }
}

extension OfferChoice {
    /// Members of a policy's edit.
    init(_ fields: Fields, over old: OfferChoice) {
        perShopperMax = fields.bound("offers_per_shopper_max", from: old.perShopperMax, upTo: Self.offersBound)
        perShopperWeekMax = fields.bound("offers_per_shopper_week_max", from: old.perShopperWeekMax, upTo: Self.offersBound)
        separation = fields.edited("competitor_separation", from: old.separation) { fields.word($0) }
        exclusivities = fields.edited("category_exclusivity", from: old.exclusivities) { name in
            fields.objectsIfPresent(name, max: Self.exclusivitiesMax) { CategoryExclusivity($0) }
        }
        slots = fields.edited("slots", from: old.slots) { fields.word($0) }
        fatiguePeriods = fields.bound("fatigue_periods", from: old.fatiguePeriods, upTo: Self.fatiguePeriodsBound)
        fatigueImpressions = fields.bound(
            "fatigue_impressions", from: old.fatigueImpressions, upTo: Self.fatigueImpressionsBound)
        if Set(exclusivities.map(\.category)).count < exclusivities.count {
            fields.refuse("category_exclusivity", "repeated", "A category stands in it once.")
        }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("offers_per_shopper_max", perShopperMax)
        json.field("offers_per_shopper_week_max", perShopperWeekMax)
        json.field("competitor_separation", word: separation)
        json.field("category_exclusivity", exclusivities)
        json.field("slots", word: slots)
        json.field("fatigue_periods", fatiguePeriods)
        json.field("fatigue_impressions", fatigueImpressions)
    }
}

extension Fields {
    /// A bound that null takes away.
    fileprivate func bound(_ name: String, from old: Int32?, upTo max: Int64) -> Int32? {
        edited(name, from: .some(old)) { integerIfPresent($0, in: 1...max).map { Int32($0) } }
    }
}
