import App
import HTTPTypes
import JSONText
import Kernel
import Synchronization
import TestSupport

/// Tills that all sell at once, each insisting on its receipts, while something is ruined under them at moments that a seed
/// chooses: by the number of receipts that were acknowledged.
final class Rush: Sendable {
    /// A receipt to come. Every third till's receipts get a quote with a hold first; the others use the till's signed quote.
    private struct Sale: Sendable {
        let number: String
        let shopper: String
        let base: Int64
        let soldAt: String
        let businessDay: String
        /// Nil: a hold is asked for.
        let discount: JSONValue?
    }

    /// Something that ends by force, and comes back.
    struct Ruin: Sendable {
        let name: String
        let happen: @Sendable () async throws -> Void
    }

    private let town: ServedTown
    private let sales: [[Sale]]
    private let ruins: [(after: Int, what: Ruin)]
    private let seed: UInt64
    private let count = Atomic<Int>(0)
    /// Every receipt that was sent, as it was sent last, and its acknowledged answer.
    private let acknowledged = Mutex<[String: (receipt: JSONValue, answer: JSONValue)]>([:])

    private init(_ town: ServedTown, _ sales: [[Sale]], _ ruins: [(after: Int, what: Ruin)], seed: UInt64) {
        self.town = town
        self.sales = sales
        self.ruins = ruins
        self.seed = seed
    }

    /// For a failure's message: enough to repeat it.
    var story: String { "seed \(seed): " + ruins.map { "\($0.what.name) after \($0.after)" }.joined(separator: ", ") }

    /// Quotes each till's price and chooses the moments, all within the first third: while the budget lasts.
    static func plan(
        in town: ServedTown, clients: Int, receiptsOfEach: Int, ruins: [Ruin], seed: UInt64
    ) async throws -> Rush {
        var generator = SeededGenerator(seed: seed)
        let bases = (0..<clients).map { _ in Int64.random(in: 5_000...20_000, using: &generator) }
        let third = clients * receiptsOfEach / 3
        let parts = ruins.count + 1
        let chosen = ruins.shuffled(using: &generator).enumerated().map { place, what in
            (after: Int.random(in: third * place / parts + 20..<third * (place + 1) / parts, using: &generator), what: what)
        }
        let planned = try await withThrowingTaskGroup(of: (Int, [Sale]).self) { group in
            for (till, base) in bases.enumerated() {
                group.addTask { (till, try await sales(of: till, base, receiptsOfEach, in: town)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return Rush(town, planned, chosen, seed: seed)
    }

    private static func sales(of till: Int, _ base: Int64, _ count: Int, in town: ServedTown) async throws -> [Sale] {
        let shopper = "h\(till + 1)"
        let quote = try await town.insist(.post, town.path + "/quotes", ServedTown.quote(of: shopper, base: base)).json
        return (0..<count).map { place in
            Sale(
                number: "\(till)-\(place)", shopper: shopper, base: base, soldAt: "\(OutsideWorld.real.now())",
                businessDay: quote["business_day"].string ?? "", discount: till % 3 == 0 ? nil : discount(quote))
        }
    }

    /// What a quote gives on its only line, as a receipt names it.
    private static func discount(_ quote: JSONValue) -> JSONValue? {
        let given = quote["lines"][0]["discounts"][0]
        guard given != .null else { return nil }
        return ["campaign_id": given["campaign_id"], "amount": given["amount"], "quote_id": quote["quote_id"]]
    }

    /// All tills at once, until every receipt is acknowledged; the answers by number.
    func run() async throws -> [String: JSONValue] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.ruin() }
            for sales in sales {
                group.addTask { for sale in sales { try await self.post(sale) } }
            }
            try await group.waitForAll()
        }
        return acknowledged.withLock { $0.mapValues(\.answer) }
    }

    private func ruin() async throws {
        for ruin in ruins {
            while count.load(ordering: .relaxed) < ruin.after { try await Task.sleep(for: .milliseconds(2)) }
            try await ruin.what.happen()
        }
    }

    private func post(_ sale: Sale) async throws {
        let discount: JSONValue?
        if let given = sale.discount {
            discount = given
        } else {
            let body = ServedTown.quote(of: sale.shopper, base: sale.base, hold: "basket-\(sale.number)")
            discount = Self.discount(try await town.insist(.post, town.path + "/quotes", body).json)
        }
        try await post(receipt(sale, discount), number: sale.number)
    }

    private func post(_ receipt: JSONValue, number: String) async throws {
        let reply = try await town.insist(.post, town.path + "/receipts", receipt)
        guard [200, 201].contains(reply.status) else {
            throw Refused(action: "receipt \(number), \(story)", status: reply.status, body: reply.text)
        }
        acknowledged.withLock { $0[number] = (receipt, reply.json) }
        count.add(1, ordering: .relaxed)
    }

    private func receipt(_ sale: Sale, _ discount: JSONValue?) -> JSONValue {
        [
            "store_id": "s1", "till": "1", "business_day": .string(sale.businessDay), "number": .string(sale.number),
            "kind": "sale", "sold_at": .string(sale.soldAt), "shopper_id": .string(sale.shopper),
            "lines": [ServedTown.line(sale.base, discounts: discount.map { [$0] } ?? [])],
        ]
    }

    /// A fee is rounded, so the last units may take several small payments; a handful of late tills takes them.
    func spendTheRest() async throws {
        let quoted = sales.flatMap { $0 }.filter { $0.discount != nil }
        for (place, sale) in quoted.prefix(10).enumerated() {
            let number = "late-\(place)"
            let late = Sale(
                number: number, shopper: sale.shopper, base: sale.base, soldAt: sale.soldAt, businessDay: sale.businessDay,
                discount: sale.discount)
            try await post(receipt(late, late.discount), number: number)
        }
    }

    /// Every receipt once more, the same as it was sent; the answers by number.
    func replay() async throws -> [String: JSONValue] {
        let all = acknowledged.withLock { $0.mapValues(\.receipt) }
        return try await withThrowingTaskGroup(of: (String, JSONValue).self) { group in
            for (number, receipt) in all {
                group.addTask {
                    (number, try await self.town.insist(.post, self.town.path + "/receipts", receipt).json)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }
}
