import DemoTown
import JSONText
import Kernel

/// The seven days of the campaign at the tills. Who is promised an offer buys as the town's price response says; their
/// baskets with its products are quoted and posted one by one, all others come with the evening's import.
struct StoryTills: Sendable {
    static let looksAtOnce = 8

    let story: Story
    let campaign: StoryCampaign
    private(set) var outcome = TillOutcome()
    /// Indices of the shoppers who have looked into the app, and of those who found the offer.
    private var looked: Set<Int> = []
    private var members: Set<Int> = []

    init(_ story: Story, _ campaign: StoryCampaign) {
        self.story = story
        self.campaign = campaign
    }

    private var town: Town { story.town }

    mutating func play(_ day: BusinessDay) async throws {
        story.host.clock.set(StoryDates.instant(day, hour: 5))
        try await lookIntoTheApp(on: day)
        let receipts = receipts(on: day)
        var atTills: [TownReceipt] = []
        for receipt in receipts where isForTheTill(receipt) { atTills.append(receipt) }
        for receipt in atTills.sorted(by: { $0.soldAt < $1.soldAt }) { try await sell(receipt) }
        try await story.host.advance(to: StoryDates.instant(day, hour: 23, minute: 59), at: story.retailer)
        try await story.feed.load(
            "receipts", receipts.lazy.filter { [self] in !isForTheTill($0) }, progress: story.progress
        ) { $0.write(to: &$1) }
        story.progress.finishDay()
    }

    /// The prices that each shopper goes by: every second of those with the offer knows of it before shopping. That is the
    /// assumption of the forecast: an offer that is shown gains half of what a shelf price would.
    private func receipts(on day: BusinessDay) -> DayReceipts {
        let (shelf, members) = (town.shelf(inWeekOf: day), members)
        let offered = shelf.offering(Dictionary(uniqueKeysWithValues: story.choice.products.map { ($0, StoryChoice.depth) }))
        return town.receipts(on: day, among: 0..<town.populationCount) { shopper in
            shopper.index % 2 == 0 && members.contains(shopper.index) ? offered : shelf
        }
    }

    private func isForTheTill(_ receipt: TownReceipt) -> Bool {
        guard let shopper = receipt.shopperID.flatMap({ town.shopperIndex(of: $0) }), members.contains(shopper) else {
            return false
        }
        return receipt.lines.contains { story.choice.products.contains(Int($0.product)) }
    }

    /// Each shopper's first visit of the week begins with the app.
    private mutating func lookIntoTheApp(on day: BusinessDay) async throws {
        let visitors = (0..<town.plan.shoppers).filter { town.visits(ofShopper: $0, on: day) > 0 && !looked.contains($0) }
        looked.formUnion(visitors)
        let (story, campaign) = (story, campaign)
        let found = try await withThrowingTaskGroup(of: Int?.self) { group in
            var (waiting, found) = (visitors[...], [Int]())
            for _ in 0..<Self.looksAtOnce {
                guard let shopper = waiting.popFirst() else { break }
                group.addTask { try await story.finds(campaign, shopper) ? shopper : nil }
            }
            while let answer = try await group.next() {
                if let answer { found.append(answer) }
                guard let shopper = waiting.popFirst() else { continue }
                group.addTask { try await story.finds(campaign, shopper) ? shopper : nil }
            }
            return found
        }
        members.formUnion(found)
        outcome.pulls += visitors.count
        outcome.shoppersWithOffer = members.count
    }

    /// Quote with a hold, then the receipt with what was quoted.
    private mutating func sell(_ receipt: TownReceipt) async throws {
        story.host.clock.set(receipt.soldAt)
        let basket = "\(receipt.storeID)-\(receipt.till)-\(receipt.businessDay)-\(receipt.number)"
        let quote = try await story.client.post(
            "\(story.path)/quotes", as: story.keys.till, bytes: receipt.quoteBody(basket: basket), once: basket)
        let discounts = try quoted(quote)
        var json = JSONWriter()
        receipt.write(to: &json, discounts: discounts)
        let posted = try await story.client.post("\(story.path)/receipts", as: story.keys.till, bytes: json.bytes)
        story.progress.add(1)
        try outcome.add(posted, of: receipt, discounts)
    }

    private func quoted(_ quote: DemoReply) throws -> [Int32: [TillDiscount]] {
        let id = try quote.text("quote_id")
        var discounts: [Int32: [TillDiscount]] = [:]
        for line in try quote.elements("lines") {
            guard let lineNo = line.integer("line_no") else { continue }
            for discount in line.elements("discounts") {
                guard let campaign = discount.text("campaign_id"), let amount = discount.integer("amount") else { continue }
                discounts[Int32(lineNo), default: []].append(TillDiscount(campaign: campaign, quote: id, amount: amount))
            }
        }
        return discounts
    }
}

extension Story {
    /// Whether a shopper sees the campaign's offer in the app.
    func finds(_ campaign: StoryCampaign, _ shopper: Int) async throws -> Bool {
        guard let id = town.shopper(shopper).id else { return false }
        let offers = try await client.get("\(path)/shoppers/\(id)/offers", as: keys.app, headers: [("Accept-Language", "ru")])
        return try offers.elements("data").contains { $0.text("campaign_id") == campaign.id }
    }
}

extension TownReceipt {
    fileprivate func quoteBody(basket: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("store_id", storeID)
            json.field("basket_id", basket)
            json.fieldIfPresent("shopper_id", shopperID)
            json.field("hold", true)
            json.array("lines", lines) { json, line in json.object { line.writeGoods(to: &$0) } }
        }
        return json.bytes
    }
}
