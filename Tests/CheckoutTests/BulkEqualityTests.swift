import JSONText
import Kernel
import TestSupport
import Testing

/// Two towns live through the same weeks. One's tills post each receipt; the other's were offline and send files with the same
/// receipts in the same order. Money, limits and answers come out the same.
@Suite struct BulkEqualityTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `a file comes to the same as its receipts one by one`(seed: UInt64) async throws {
        try await TestMarket.run { market in
            var history = BulkHistory(seed: seed)
            let online = try await Self.town(in: market)
            market.clock.set(TestClock().now)
            let offline = try await Self.town(in: market)
            for moment in ["2026-03-10T09:00:00Z", "2026-03-13T09:00:00Z", "2026-03-18T09:00:00Z", "2026-03-25T09:00:00Z"] {
                for till in [online, offline] { try await till.town.advance(to: moment) }
                let steps = history.steps(90, until: moment)
                let (posted, sent) = (try await Self.post(steps, by: online), try await Self.send(steps, by: offline))
                let (books, others) = (try await online.books(), try await offline.books())

                for (place, (posted, sent)) in zip(posted, sent).enumerated() {
                    #expect(posted == sent, "seed \(seed), \(moment), line \(place + 1)")
                }
                let difference = Set(books).symmetricDifference(others).sorted()
                #expect(difference.isEmpty, "seed \(seed), \(moment)")
                for till in [online, offline] {
                    #expect(try await till.findings() == [], "seed \(seed), \(moment)")
                    try await till.letHoldsLapse()
                }
            }
        }
    }

    /// The budget pays for a part of what is claimed; the supplier bears some of the rest.
    private static func town(in market: TestMarket) async throws -> Till {
        try await Till.open(
            in: market, budget: 150_000,
            limits: [
                "units_per_shopper": 12, "units_per_receipt": 3, "units_per_shopper_day": 4, "units": 200, "units_per_line": 2,
            ],
            unfundedBearers: [
                "budget_exhausted": ["bearer": "supplier", "cap": ["amount": 4_000, "currency": "RUB"]],
                "no_quote": ["bearer": "supplier", "cap": ["amount": 2_500, "currency": "RUB"]],
            ])
    }

    private static func post(_ steps: [BulkHistory.Step], by till: Till) async throws -> [String] {
        let quotes = try await quotes(steps, till)
        var answers: [String] = []
        for step in steps {
            let reply = try await till.post(step.receipt(till, quotes))
            answers.append(
                reply.status < 300
                    ? story(reply.json["state"], reply.json["discounts"], reply.json["returns"])
                    : reply.json["code"].string ?? reply.text)
        }
        return answers
    }

    private static func send(_ steps: [BulkHistory.Step], by till: Till) async throws -> [String] {
        let quotes = try await quotes(steps, till)
        let answer = try await till.sendFile(steps.map { $0.receipt(till, quotes) })
        var stories: [Int64: String] = [:]
        for outcome in answer.outcomes {
            stories[outcome["line"].integer ?? 0] = story(outcome["state"], outcome["discounts"], outcome["returns"])
        }
        for reject in answer.rejects {
            let code = reject["code"].string ?? ""
            stories[reject["line"].integer ?? 0] = code == "receipt_conflict" ? "receipt_exists" : code
        }
        return steps.indices.map { stories[Int64($0 + 1)] ?? "not told" }
    }

    /// What a till brings back with some of its receipts: a signed quote, or one that keeps money.
    private static func quotes(_ steps: [BulkHistory.Step], _ till: Till) async throws -> [Int: JSONValue] {
        var quotes: [Int: JSONValue] = [:]
        for (place, step) in steps.enumerated() {
            guard let asked = step.asks else { continue }
            quotes[place] = try await till.quote(
                lines: [Till.line(1, asked.product, 10_000 * asked.quantity, quantity: asked.quantity)],
                hold: asked.holds ? "basket-\(step.number)" : nil, shopper: asked.shopper)
        }
        return quotes
    }

    /// Without ids.
    private static func story(_ state: JSONValue, _ discounts: JSONValue, _ returns: JSONValue) -> String {
        let amounts = discounts.elements.map { discount in
            ["line_no", "claimed_amount", "allowed_amount", "funded_amount", "reason"].map { "\(discount[$0].asText)" }
                .joined(separator: " ")
        }
        let matches = returns.elements.map { "\($0["line_no"].asText) \($0["match"].asText)" }
        return "\(state.asText) \(amounts) \(matches)"
    }
}

extension JSONValue {
    fileprivate var asText: String { String(decoding: jsonBytes, as: UTF8.self) }
}

/// Draws what a shop's tills sell, sell again, take back and undo: late, out of order, twice, wrong.
struct BulkHistory {
    struct Ask: Sendable {
        let product: String
        let quantity: Int64
        let shopper: String?
        let holds: Bool
    }

    struct Step: Sendable {
        let number: String
        var asks: Ask?
        let receipt: @Sendable (Till, [Int: JSONValue]) -> JSONValue
    }

    private struct Sold: Sendable {
        let number: String
        let day: String
        let product: String
        let quantity: Int64
        let receipt: @Sendable (Till, [Int: JSONValue]) -> JSONValue
    }

    private var generator: SeededGenerator
    private var sold: [Sold] = []
    private var count = 0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func steps(_ count: Int, until moment: String) -> [Step] {
        // What an earlier file quoted is not there any more, so that only sales of this one are sent again.
        sold = sold.suffix(20).map { $0 }
        return (0..<count).map { place in step(at: place, until: BusinessDay(String(moment.prefix(10)))!) }
    }

    private mutating func step(at place: Int, until today: BusinessDay) -> Step {
        count += 1
        let number = "n\(count)"
        guard let earlier = sold.randomElement(using: &generator) else { return sale(number, place, today) }
        switch Int.random(in: 0..<20, using: &generator) {
        case 0, 1: return Step(number: number, receipt: earlier.receipt)
        case 2: return conflict(with: earlier)
        case 3, 4, 5: return back(number, earlier, today)
        case 6: return void(number, earlier)
        default: return sale(number, place, today)
        }
    }

    private mutating func sale(_ number: String, _ place: Int, _ today: BusinessDay) -> Step {
        let day = "\(today.adding(days: -Int32([0, 0, 0, 1, 1, 2, 3, 9].randomElement(using: &generator)!)))"
        let product = ["p1", "p1", "p2", "p3", "stub-\(number)"].randomElement(using: &generator)!
        let quantity = Int64.random(in: 1...4, using: &generator)
        let shopper = [nil, "h1", "h2", "h3", "new-\(number)"].randomElement(using: &generator)!
        let discount = quantity * Int64.random(in: 2...8, using: &generator) * 250
        let hour = ["08", "20"].randomElement(using: &generator)!
        let asksFor = Int.random(in: 0..<4, using: &generator)
        let receipt: @Sendable (Till, [Int: JSONValue]) -> JSONValue = { till, quotes in
            till.sale(
                number, quantity: quantity, discount: min(discount, 10_000 * quantity), quote: asksFor < 2 ? quotes[place] : nil,
                product: product, shopper: shopper, day: day, soldAt: "\(day)T\(hour):00:00Z")
        }
        sold.append(Sold(number: number, day: day, product: product, quantity: quantity, receipt: receipt))
        let asks =
            asksFor < 2 && product.hasPrefix("p")
            ? Ask(product: product, quantity: quantity, shopper: shopper, holds: asksFor == 1) : nil
        return Step(number: number, asks: asks, receipt: receipt)
    }

    private mutating func conflict(with earlier: Sold) -> Step {
        let amount = Int64.random(in: 1...9, using: &generator)
        return Step(number: earlier.number) { till, quotes in
            till.sale(
                earlier.number, quantity: earlier.quantity, discount: amount, product: earlier.product, shopper: "conflicting",
                day: earlier.day)
        }
    }

    private mutating func back(_ number: String, _ earlier: Sold, _ today: BusinessDay) -> Step {
        let quantity = Int64.random(in: 1...earlier.quantity, using: &generator)
        let amount = quantity * [5_000, 8_500].randomElement(using: &generator)!
        return Step(number: number) { till, _ in
            till.back(
                number, of: earlier.number, quantity: quantity, amount: amount, product: earlier.product, day: "\(today)",
                soldOn: earlier.day)
        }
    }

    private mutating func void(_ number: String, _ earlier: Sold) -> Step {
        Step(number: number) { till, _ in till.void(number, of: earlier.number, day: earlier.day) }
    }
}
