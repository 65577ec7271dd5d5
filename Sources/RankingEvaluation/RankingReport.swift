/// What was measured of one set of receipts.
package struct RankingReport: Sendable {
    /// One kind of offers: campaigns, manufacturers in campaigns, or products.
    package struct Grain: Sendable {
        package let name: String
        package let offers: Int
        package let users: Int
        /// Our score first, then the prior, the plain logistic model, and single features.
        package let scores: [(name: String, measure: RankingMeasure)]
        package let singles: Set<String>
        package let spread: PairedBootstrap.Outcome?
        package let goal: Goal

        package func measure(_ name: String) -> RankingMeasure? { scores.first { $0.name == name }?.measure }

        package var bestSingle: String? {
            scores.filter { singles.contains($0.name) }.max { $0.measure.auc < $1.measure.auc }?.name
        }
    }

    package struct Goal: Sendable {
        package let auc: Double
        package let lift: Double
    }

    /// How many redeem, against what was expected.
    package struct Level: Sendable {
        package struct Campaign: Sendable {
            package let id: String
            package let shown: Int
            package let expected: Double
            package let p10: Int64
            package let p90: Int64
            package let actual: Int
            /// It ends within the receipts.
            package let isWhole: Bool

            package var isInside: Bool { (p10...max(p10, p90)).contains(Int64(actual)) }
        }

        package let campaigns: [Campaign]

        package var expected: Double { campaigns.reduce(0) { $0 + $1.expected } }
        package var actual: Int { campaigns.reduce(0) { $0 + $1.actual } }
        /// Expected by actual; nil where nobody redeemed.
        package var ratio: Double? { actual > 0 ? expected / Double(actual) : nil }
        package var insideShare: Double { Double(campaigns.count(where: \.isInside)) / Double(max(1, campaigns.count)) }
        package var whole: Level { Level(campaigns: campaigns.filter(\.isWhole)) }
    }

    package let set: String
    package let grains: [Grain]
    package let level: Level?
}
