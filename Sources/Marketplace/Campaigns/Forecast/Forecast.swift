package import JSONText
package import Kernel

/// P10, P50 and P90 of something that is not known yet; never falling.
package struct Quantiles: Sendable, Hashable {
    package let p10: Int64
    package let p50: Int64
    package let p90: Int64

    package init(p10: Int64, p50: Int64, p90: Int64) {
        self.p10 = p10
        self.p50 = max(p10, p50)
        self.p90 = max(p10, p50, p90)
    }

    package init(of distribution: CountDistribution) {
        self.init(p10: distribution.quantile(0.1), p50: distribution.quantile(0.5), p90: distribution.quantile(0.9))
    }

    func map(_ change: (Int64) -> Int64) -> Quantiles { Quantiles(p10: change(p10), p50: change(p50), p90: change(p90)) }
}

/// What is expected of a campaign: as it would go without limits and budget, and as they cap it (DOMAIN 15).
package struct Forecast: Sendable, Hashable {
    package struct Outcome: Sendable, Hashable {
        package let units: Quantiles
        /// Minor units.
        package let discounts: Quantiles
        package let fees: Quantiles
    }

    /// What one of a campaign's depths comes to.
    package struct OfDepth: Sendable, Hashable {
        package let depth: BasisPoints
        /// Shoppers of the audience to whom it would be promised.
        package let shoppers: Int64
        package let units: Int64
        /// Minor units.
        package let discounts: Int64
    }

    package let reach: Quantiles
    package let redeemers: Quantiles
    package let uncapped: Outcome
    package let capped: Outcome
    /// The business day on which the budget ends at P50; nil where it lasts.
    package let budgetEndsOn: BusinessDay?
    /// Without limits and budget, at P50; empty where all get the same.
    package private(set) var byDepth: [OfDepth]
    package let asset: Asset
}

extension Forecast {
    /// The same as a supplier reads it: each depth is a segment of shoppers (DOMAIN 10).
    var withoutDepths: Forecast {
        var forecast = self
        forecast.byDepth = []
        return forecast
    }
}

extension Quantiles {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("p10", p10)
            json.field("p50", p50)
            json.field("p90", p90)
        }
    }

    fileprivate func write(to json: inout JSONWriter, in asset: Asset) {
        json.object { json in
            json.field("p10", Money(minor: p10, asset: asset))
            json.field("p50", Money(minor: p50, asset: asset))
            json.field("p90", Money(minor: p90, asset: asset))
        }
    }
}

extension Forecast: JSONWritable {
    package func write(to json: inout JSONWriter) { json.object(writeMembers) }

    func writeMembers(to json: inout JSONWriter) {
        json.name("reach")
        reach.write(to: &json)
        json.name("redeemers")
        redeemers.write(to: &json)
        json.object("uncapped") { uncapped.writeMembers(to: &$0, in: asset) }
        json.object("capped") { capped.writeMembers(to: &$0, in: asset) }
        json.field("budget_ends_on", budgetEndsOn)
        json.array("by_depth", byDepth) { json, part in
            json.object { json in
                json.field("depth_bp", part.depth)
                json.field("shoppers", part.shoppers)
                json.field("units", part.units)
                json.field("discounts", Money(minor: part.discounts, asset: asset))
            }
        }
    }
}

extension Forecast.Outcome {
    fileprivate func writeMembers(to json: inout JSONWriter, in asset: Asset) {
        json.name("units")
        units.write(to: &json)
        json.name("discounts")
        discounts.write(to: &json, in: asset)
        json.name("fees")
        fees.write(to: &json, in: asset)
    }
}
