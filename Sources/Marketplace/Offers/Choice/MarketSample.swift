import Kernel
import Postgres
import Profiles

/// What is known of a retailer's shoppers as a whole, from a fixed sample of them: where a spend stands, and how many buy what a
/// campaign is for.
struct MarketSample: Sendable {
    static let reachDays: Int32 = 90

    /// Of those who bought something in the year, rising.
    private let spends: [Int64]
    /// Which part of them bought one of a campaign's products lately, in basis points, by place.
    let reachBp: [Int32]

    init(spends: [Int64], buyers: [Int]) {
        self.spends = spends.sorted()
        reachBp = buyers.map { Int32($0 * 10_000 / max(1, spends.count)) }
    }

    /// Which part of the shoppers spent less, in basis points.
    func placeBp(of spendMinor: Int64) -> Int32 {
        guard !spends.isEmpty else { return 0 }
        var (low, high) = (0, spends.count)
        while low < high {
            let middle = (low + high) / 2
            if spends[middle] < spendMinor { low = middle + 1 } else { high = middle }
        }
        return Int32(low * 10_000 / spends.count)
    }
}

extension Transaction {
    func marketSample(for round: DecisionRound) throws -> MarketSample {
        let keyMax = try one(
            "SELECT COALESCE(max(shopper_key), 0) FROM shopper WHERE retailer_id = \(round.retailer)",
            { row in try row.next(Int64.self) })
        let keys = FixedSample.keys(upTo: keyMax)
        var (spends, buyers) = ([Int64](), [Int](repeating: 0, count: round.campaigns.count))
        var habits = BuyingHabits(round.goods, today: round.today)
        for start in stride(from: 0, to: keys.count, by: Transaction.habitsOfRead) {
            let part = Array(keys[start..<min(start + Transaction.habitsOfRead, keys.count)])
            try eachHabit(of: part, ShopperSelection(near: part), &habits, asOf: round.asOf, at: round.retailer) { _, habits, _ in
                guard habits.receipts > 0 else { return }
                spends.append(habits.spendMinor)
                for place in buyers.indices {
                    let bought = habits[round.goods.ofCampaigns[place].products]
                    if let bought, bought.daysAgo(round.today) <= MarketSample.reachDays { buyers[place] += 1 }
                }
            }
        }
        return MarketSample(spends: spends, buyers: buyers)
    }
}
