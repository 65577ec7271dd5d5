package import HTTPSupport
package import JSONText
package import Kernel
import Postgres

/// What may be true of a shopper's way with discounts, so that a campaign gives them less or more (DOMAIN 12).
package enum DepthRule: String, Sendable, CaseIterable, SQLWord {
    /// Comes often, buys mostly what is far below its regular price, and brings little.
    case deepPromotionBuyer = "deep_promotion_buyer"
    /// Most of what they buy at a discount is at a small one.
    case smallDiscountBuyer = "small_discount_buyer"
    /// Buys nothing of a campaign's categories, though most of those who buy alike do.
    case missingCategory = "missing_category"
}

/// Which of the rules a retailer has switched on, and its thresholds. All days end with the last closed one.
package struct DepthRules: Sendable, Hashable {
    package var on: Set<DepthRule> = []
    package var deepPromotion = DeepPromotion()
    package var smallDiscount = SmallDiscount()
    package var missingCategory = MissingCategory()

    /// In the profile window.
    package struct DeepPromotion: Sendable, Hashable {
        /// Receipts at least: 1 to 1 000.
        package var receiptsMin: Int32 = 6
        /// The part of the money paid that goes to deeply discounted lines, at least.
        package var spendShare = BasisPoints(stored: 7_000)
        /// A line is deeply discounted that was paid so far below its regular price, or further.
        package var depth = BasisPoints(stored: 2_500)
        /// The part of the retailer's shoppers, from the lowest margin up, of whom the shopper is one.
        package var lowest = BasisPoints(stored: 2_000)

        package init() {}
    }

    /// In the profile window.
    package struct SmallDiscount: Sendable, Hashable {
        /// The part of the discounted lines whose discount is small, at least.
        package var lineShare = BasisPoints(stored: 6_000)
        /// A discount is small that is as deep as this, or less.
        package var depth = BasisPoints(stored: 1_500)

        package init() {}
    }

    package struct MissingCategory: Sendable, Hashable {
        /// Shoppers who buy alike, so many of the nearest: 10 to 1 000.
        package var neighbours: Int32 = 200
        /// The part of them who buy the category, at least.
        package var neighbourShare = BasisPoints(stored: 6_000)
        /// Days in which the shopper bought nothing of it, and in which what is bought makes shoppers alike: 7 to 365.
        package var days: Int32 = 90

        package init() {}
    }

    package init() {}
}

extension DepthRules: JSONWritable {
    /// An edit that names what changes.
    package init(_ fields: Fields, over old: DepthRules) {
        self = old
        fields.rule(.deepPromotionBuyer, in: &self) { fields, rules in
            fields.count("receipts_min", &rules.deepPromotion.receiptsMin, in: 1...1_000)
            fields.share("spend_share_bp", &rules.deepPromotion.spendShare)
            fields.share("depth_bp", &rules.deepPromotion.depth)
            fields.share("lowest_bp", &rules.deepPromotion.lowest)
        }
        fields.rule(.smallDiscountBuyer, in: &self) { fields, rules in
            fields.share("line_share_bp", &rules.smallDiscount.lineShare)
            fields.share("depth_bp", &rules.smallDiscount.depth)
        }
        fields.rule(.missingCategory, in: &self) { fields, rules in
            fields.count("neighbours", &rules.missingCategory.neighbours, in: 10...1_000)
            fields.share("neighbour_share_bp", &rules.missingCategory.neighbourShare)
            fields.count("days", &rules.missingCategory.days, in: 7...365)
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            for rule in DepthRule.allCases {
                json.object(rule.rawValue) { json in
                    json.field("is_on", on.contains(rule))
                    writeThresholds(of: rule, to: &json)
                }
            }
        }
    }

    /// Members of an open object.
    package func writeThresholds(of rule: DepthRule, to json: inout JSONWriter) {
        switch rule {
        case .deepPromotionBuyer:
            json.field("receipts_min", deepPromotion.receiptsMin)
            json.field("spend_share_bp", deepPromotion.spendShare)
            json.field("depth_bp", deepPromotion.depth)
            json.field("lowest_bp", deepPromotion.lowest)
        case .smallDiscountBuyer:
            json.field("line_share_bp", smallDiscount.lineShare)
            json.field("depth_bp", smallDiscount.depth)
        case .missingCategory:
            json.field("neighbours", missingCategory.neighbours)
            json.field("neighbour_share_bp", missingCategory.neighbourShare)
            json.field("days", missingCategory.days)
        }
    }
}

extension Fields {
    fileprivate func rule(
        _ rule: DepthRule, in rules: inout DepthRules, _ thresholds: (Fields, inout DepthRules) -> Void
    ) {
        var edited = rules
        _ = objectIfPresent(rule.rawValue) { fields in
            if let isOn = fields.boolIfPresent("is_on") {
                if isOn { edited.on.insert(rule) } else { edited.on.remove(rule) }
            }
            thresholds(fields, &edited)
        }
        rules = edited
    }

    fileprivate func count(_ name: String, _ value: inout Int32, in range: ClosedRange<Int64>) {
        if let edited = integerIfPresent(name, in: range) { value = Int32(edited) }
    }

    fileprivate func share(_ name: String, _ value: inout BasisPoints) {
        if let edited = integerIfPresent(name, in: 1...Int64(BasisPoints.whole)) { value = BasisPoints(stored: Int32(edited)) }
    }
}
