import JSONText
import Kernel
import TestSupport
import Testing

/// Random days at a till of a campaign with every cap and an even pace, against a small model of the rule.
@Suite struct PacingHistoryTests {
    @Test(arguments: [UInt64(281), 282, 283])
    func `what is paid, counted and left is what the rule says, whatever happens`(seed: UInt64) async throws {
        try await TestMarket.run { market in
            var draws = SeededGenerator(seed: seed)
            var model = PaceModel(
                available: 60_000, perDay: 14_000, perStore: 45_000, perStoreDay: 12_000, lastDay: BusinessDay("2026-03-15")!)
            let till = try await Till.open(
                in: market, budget: 60_000, limits: ["units_per_shopper": 1_000, "units_per_receipt": 100],
                pacing: [
                    "amount_per_day": rubles(14_000), "amount_per_store": rubles(45_000), "amount_per_store_day": rubles(12_000),
                    "even": true,
                ])
            var today = BusinessDay("2026-03-09")!
            for step in 0..<48 {
                let note: Comment = "seed \(seed), step \(step)"
                switch Int.random(in: 0..<10, using: &draws) {
                case 0 where today < BusinessDay("2026-03-15")!:
                    today = today.adding(days: 1)
                    try await till.town.advance(to: "\(today)T09:00:00Z")
                case 0, 1, 2:
                    guard let sale = model.sales.randomElement(using: &draws), sale.quantity > 0 else { continue }
                    let back = till.back(
                        "r\(step)", of: sale.number, amount: 1, day: "\(max(today, sale.day))", soldOn: "\(sale.day)")
                    try await till.accepted(back)
                    model.giveBackOne(of: sale, on: today)
                default:
                    // Some come late, of up to three days before.
                    let late = Bool.random(using: &draws) ? 0 : Int32.random(in: 0...3, using: &draws)
                    let day = max(BusinessDay("2026-03-09")!, today.adding(days: -late))
                    let quantity = Int64.random(in: 1...4, using: &draws)
                    let paid = try await till.accepted(
                        till.sale("s\(step)", quantity: quantity, discount: 1_500 * quantity, day: "\(day)"))
                    #expect(paid["funded_amount"].integer == model.sell("s\(step)", quantity, on: day), note)
                }
                #expect(try await till.spend()[0] == model.available, note)
            }
            #expect(try await till.counters() == model.counters)
            #expect(try await till.findings() == [])
        }
    }
}

/// One store, one wallet, a fee of 10 %; 15.00 off a piece.
private struct PaceModel {
    struct Sale {
        let number: String
        let day: BusinessDay
        /// Pieces that are not back yet.
        var quantity: Int64
        let pieces: Int64
        let discount: Int64
        let fee: Int64
        /// Minor units that came back.
        var back: Int64 = 0
    }

    private(set) var available: Int64
    let perDay: Int64
    let perStore: Int64
    let perStoreDay: Int64
    let lastDay: BusinessDay
    private(set) var sales: [Sale] = []
    private var byDay: [BusinessDay: Int64] = [:]
    private var store: Int64 = 0
    private var units: [Int64] = []

    init(available: Int64, perDay: Int64, perStore: Int64, perStoreDay: Int64, lastDay: BusinessDay) {
        self.available = available
        self.perDay = perDay
        self.perStore = perStore
        self.perStoreDay = perStoreDay
        self.lastDay = lastDay
    }

    mutating func sell(_ number: String, _ quantity: Int64, on day: BusinessDay) -> Int64 {
        let spent = byDay[day] ?? 0
        let started = available + byDay.reduce(Int64(0)) { $1.key >= day ? $0 + $1.value : $0 }
        let even = started / Int64(lastDay.daysSince1970 - day.daysSince1970 + 1)
        let most = max(0, [available, perDay - spent, perStore - store, perStoreDay - spent, even - spent].min() ?? 0)
        var discount = 1_500 * quantity
        while discount > 0, discount + fee(discount) > most { discount -= 1 }
        if discount > 0 {
            available -= discount + fee(discount)
            byDay[day] = spent + discount + fee(discount)
            store += discount + fee(discount)
            sales.append(
                Sale(number: number, day: day, quantity: quantity, pieces: quantity, discount: discount, fee: fee(discount)))
        }
        return discount
    }

    mutating func giveBackOne(of sale: Sale, on day: BusinessDay) {
        guard let place = sales.firstIndex(where: { $0.number == sale.number }) else { return }
        let returned = sale.pieces - sale.quantity + 1
        let whole = sale.discount * returned / sale.pieces + sale.fee * returned / sale.pieces
        let back = whole - sale.back
        sales[place].quantity -= 1
        sales[place].back = whole
        available += back
        store -= back
        if day == sale.day { byDay[day, default: 0] -= back }
    }

    /// As `Till.counters` tells them; units of the shopper follow from the pieces that are not back.
    var counters: [String] {
        let days = byDay.sorted { $0.key < $1.key }
        return days.map { "amount_per_day \($0.key): \($0.value) 0" } + ["amount_per_store: \(store) 0"]
            + days.map { "amount_per_store_day \($0.key): \($0.value) 0" }
            + ["units_per_shopper: \(sales.reduce(0) { $0 + $1.quantity }) 0"]
    }

    private func fee(_ discount: Int64) -> Int64 { (discount + 5) / 10 }
}
