package import Bitmaps
import Campaigns
package import JSONText
import Kernel

/// Some of a campaign's shoppers: those to whom it was assigned, and those who were held out of it.
package struct LiftGroup: Sendable {
    package let shown: KeySet
    package let holdout: KeySet
    /// Of the campaign's products, then of their categories.
    private var products: (shown: LiftSums, holdout: LiftSums)
    private var categories: (shown: LiftSums, holdout: LiftSums)

    init(shown: KeySet, holdout: KeySet) {
        (self.shown, self.holdout) = (shown, holdout)
        let (ours, theirs) = (LiftSums(shoppers: Int64(shown.count)), LiftSums(shoppers: Int64(holdout.count)))
        products = (ours, theirs)
        categories = (ours, theirs)
    }

    mutating func add(_ key: UInt32, products own: LiftOutcome, categories all: LiftOutcome) {
        if shown.contains(key) {
            products.shown.add(own)
            categories.shown.add(all)
        } else if holdout.contains(key) {
            products.holdout.add(own)
            categories.holdout.add(all)
        }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("shown", Int64(shown.count))
        json.field("holdout", Int64(holdout.count))
        json.object("products") { write(products, to: &$0) }
        json.object("categories") { write(categories, to: &$0) }
    }

    private func write(_ sums: (shown: LiftSums, holdout: LiftSums), to json: inout JSONWriter) {
        json.field("units", LiftMeasure(sums.shown.units, against: sums.holdout.units))
        json.field("spend", LiftMeasure(sums.shown.spend, against: sums.holdout.spend))
    }
}

/// Of units and of spend.
struct LiftSums: Sendable, Hashable {
    var units: OutcomeSums
    var spend: OutcomeSums

    init(shoppers: Int64) { (units, spend) = (OutcomeSums(shoppers: shoppers), OutcomeSums(shoppers: shoppers)) }

    mutating func add(_ outcome: LiftOutcome) {
        units.add(outcome.units)
        spend.add(outcome.spendMinor)
    }
}

/// What a campaign brought, in all and by the depth that was first decided for each shopper. For the retailer alone.
struct CampaignLift: Sendable, JSONWritable {
    let campaign: CampaignID
    let from: BusinessDay
    /// The last closed day that counts; before `from`: nothing is known yet.
    let through: BusinessDay
    var total: LiftGroup
    var byDepth: [(depthBP: Int32, group: LiftGroup)]

    mutating func add(_ key: UInt32, products: LiftOutcome, categories: LiftOutcome) {
        total.add(key, products: products, categories: categories)
        for index in byDepth.indices { byDepth[index].group.add(key, products: products, categories: categories) }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("campaign_id", campaign)
            json.field("from", from)
            json.field("through", through)
            json.object("total") { total.writeMembers(to: &$0) }
            json.array("by_depth", byDepth) { json, part in
                json.object { json in
                    json.field("depth_bp", part.depthBP)
                    part.group.writeMembers(to: &json)
                }
            }
        }
    }
}

extension LiftMeasure: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("shown_per_thousand", shown)
            json.field("holdout_per_thousand", holdout)
            json.field("difference", difference)
            json.field("low", low)
            json.field("high", high)
            json.field("verdict", word: verdict)
        }
    }
}
