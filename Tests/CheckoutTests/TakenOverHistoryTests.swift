import App
import Checkout
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// Tills of a campaign one of whose wallets runs dry again and again, while others take over.
@Suite struct TakenOverHistoryTests {
    @Test(arguments: [51, 52, 53, 54] as [UInt64])
    func `whatever is sold, held and returned, each account gets back just what it paid`(seed: UInt64) async throws {
        try await TestMarket.run { market in
            var generator = SeededGenerator(seed: seed)
            let till = try await Till.openShared(in: market, retailersPerUnit: 500, upTo: 2_300)
            try await till.change { "UPDATE policy SET exhausted_share = 'others_take_over' WHERE retailer_id = \($0)" }
            let full = try await till.left()
            var sold: [(number: String, pieces: Int64)] = []
            var quotes: [(JSONValue, pieces: Int64)] = []
            for step in 1...45 {
                let number = "\(step)"
                switch Int.random(in: 0..<8, using: &generator) {
                case 0, 1, 2:
                    let pieces = Int64.random(in: 1...3, using: &generator)
                    let paid = try await till.accepted(
                        till.sale(number, quantity: pieces, discount: 1_500 * pieces, shopper: nil))
                    #expect(paid["funded_amount"] == .integer(1_500 * pieces), "seed \(seed), step \(step)")
                    sold.append((number, pieces))
                case 3, 4:
                    let pieces = Int64.random(in: 1...3, using: &generator)
                    let lines = [Till.line(1, "p1", 10_000 * pieces, quantity: pieces)]
                    quotes.append((try await till.quote(lines: lines, hold: "basket-\(step % 4)"), pieces))
                case 5:
                    guard let (quote, pieces) = quotes.popLast() else { continue }
                    let bought = Int64.random(in: 1...pieces, using: &generator)
                    let claimed =
                        1_500 * bought - Int64.random(in: 0...1, using: &generator) * Int64.random(in: 0...700, using: &generator)
                    let paid = try await till.accepted(
                        till.sale(number, quantity: bought, discount: claimed, quote: quote, shopper: nil))
                    #expect(paid["funded_amount"] == .integer(claimed), "seed \(seed), step \(step)")
                    if claimed == 1_500 * bought {
                        sold.append((number, bought))
                    } else {
                        try await till.accepted(till.void("v\(step)", of: number))
                    }
                case 6:
                    guard let sale = sold.indices.randomElement(using: &generator) else { continue }
                    try await till.accepted(till.back(number, of: sold[sale].number, amount: 8_500))
                    sold[sale].pieces -= 1
                    if sold[sale].pieces == 0 { sold.remove(at: sale) }
                default: try await till.letHoldsLapse()
                }
                #expect(try await till.findings() == [], "seed \(seed), step \(step)")
            }
            try await till.letHoldsLapse()
            try await market.marketplace.quoteSweeper.sweep(till.town.retailer)
            for (number, pieces) in sold {
                try await till.accepted(till.back("back \(number)", of: number, quantity: pieces, amount: 8_500 * pieces))
            }

            #expect(try await till.left() == full, "seed \(seed)")
            #expect(try await till.findings() == [], "seed \(seed)")
        }
    }
}

extension Till {
    /// What the campaign's accounts can still pay, the retailer's first.
    fileprivate func left() async throws -> [Int64] {
        let (retailer, campaign) = (town.retailer, campaign)
        return try await town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.query(
                """
                SELECT credits_posted - debits_posted - debits_pending
                FROM account
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND kind = 'campaign'
                ORDER BY supplier_id NULLS FIRST
                """
            ) { row in try row.next(Int64.self) }
        }
    }
}
