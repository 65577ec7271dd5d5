import DemoTown
import JSONText
import Kernel

/// What came of the baskets that were quoted: by the till's own books, to be compared with the service's.
struct TillOutcome: Sendable {
    /// A sale whose one line had a discount: it will be brought back.
    struct Sale: Sendable {
        let receipt: TownReceipt
        let line: TownLine
        let discount: Int64
    }

    var pulls = 0
    var shoppersWithOffer = 0
    private(set) var receipts = 0
    private(set) var redemptions = 0
    private(set) var claimed: Int64 = 0
    private(set) var funded: Int64 = 0
    private(set) var buyers: Set<String> = []
    private(set) var unfunded: [String: Int64] = [:]
    private(set) var sale: Sale?

    var unfundedText: String {
        unfunded.isEmpty
            ? "nothing" : unfunded.sorted { $0.key < $1.key }.map { "\(rubles($0.value)) (\($0.key))" }.joined(separator: ", ")
    }

    mutating func add(
        _ posted: DemoReply, of receipt: TownReceipt, _ discounts: [Int32: [TillDiscount]]
    ) throws {
        receipts += 1
        for discount in try posted.elements("discounts") {
            let (claimed, funded) = (discount.integer("claimed_amount") ?? 0, discount.integer("funded_amount") ?? 0)
            self.claimed += claimed
            self.funded += funded
            if funded > 0 { redemptions += 1 }
            if claimed > funded { unfunded[discount.text("reason") ?? "?", default: 0] += claimed - funded }
        }
        if let shopper = receipt.shopperID, !discounts.isEmpty { buyers.insert(shopper.text) }
        guard sale == nil, let line = receipt.lines.first(where: { discounts[$0.lineNo] != nil }) else { return }
        sale = Sale(receipt: receipt, line: line, discount: (discounts[line.lineNo] ?? []).reduce(0) { $0 + $1.amount })
    }
}
