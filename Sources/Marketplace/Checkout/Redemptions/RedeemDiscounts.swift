import Campaigns
import EventLog
import Kernel
import Ledger
import Parties
import Postgres
import Receipts
import Shoppers

/// Pays the discounts of accepted sales, one sale after the other: what one takes of money and limits is not there for
/// the next. What all of them need is read in a few statements, and what was decided is written in a few.
struct RedeemDiscounts: Sendable {
    let sales: [PostedSale]
    let filed: FiledReceipts
    let policy: Policy
    let receivedAt: Instant
    let key: QuoteKey
    let memory: CampaignMemory
    let world: OutsideWorld

    /// What was decided on each sale's discounts.
    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws -> [[Redemption]] {
        let situations = try tx.saleSituations(sales, filed, policy, retailer: retailer, memory)
        let (posting, quotes) = try lock(situations, in: tx, of: retailer)
        let bearings = situations.flatMap { $0.bearings.values }
        let left = BatchLeft(
            counters: try tx.countersLeft(to: situations, at: retailer),
            quotes: quotes,
            borne: try tx.borne(
                under: Set(bearings.map(\.agreement)).sorted(), inMonthsOf: sales.map(\.stored.businessDay), at: retailer))
        var batch = SalesDecision(
            posting: posting, left: left, receivedAt: receivedAt, key: key, formerKeys: try formerKeys(situations, tx, retailer),
            products: filed.productOrdinals)
        for (sale, situation) in zip(sales, situations) { try batch.decide(sale, situation) }
        try write(batch, in: tx, of: retailer)
        return batch.decided.map { $0.rows.map(\.redemption) }
    }

    /// Locks the accounts of all, and ends the quotes on them whose time is up.
    private func lock(
        _ situations: [CheckoutSituation], in tx: borrowing Transaction, of retailer: RetailerID
    ) throws -> (Posting, HeldQuotes) {
        let accounts = Set(situations.flatMap(\.accounts)).sorted()
        let ids = Set(sales.flatMap { $0.receipt.heldQuoteIDs }).sorted()
        let due = try tx.dueQuotes(on: accounts, at: retailer)
        var plan = PostingPlan()
        plan.accounts = Set(accounts + situations.flatMap { $0.bearings.values.map(\.account) })
        let touched = Set(ids + due).sorted()
        if !touched.isEmpty { plan.add(try tx.holds(ofQuotes: touched.map(\.value), at: retailer)) }
        plan.opening = situations.reduce(into: []) { $0.formUnion($1.owedAccounts) }
        var posting = try tx.openPosting(plan, of: retailer)
        try tx.expire(touched, in: &posting)
        return (posting, HeldQuotes(try tx.heldQuotes(ids, of: retailer)))
    }

    /// The keys that were merged into the shoppers whose sales bring a signed quote.
    private func formerKeys(
        _ situations: [CheckoutSituation], _ tx: borrowing Transaction, _ retailer: RetailerID
    ) throws -> [ShopperKey: Set<ShopperKey>] {
        let shoppers = zip(sales, situations).compactMap { sale, situation in
            sale.receipt.bringsSignedQuote ? situation.basket.shopper?.key : nil
        }
        guard !shoppers.isEmpty else { return [:] }
        return try tx.formerKeys(of: Set(shoppers).sorted(), at: retailer).mapValues(Set.init)
    }

    /// Moves the money, ends the holds, stores the claims, counts the limits, tells of it.
    private func write(_ batch: SalesDecision, in tx: borrowing Transaction, of retailer: RetailerID) throws {
        let (posting, decided) = (batch.posting, batch.decided)
        try tx.resolve(batch.paidQuotes.sorted(), as: .posted, at: posting.now, of: retailer)
        try tx.markPosted(batch.expiredQuotes.sorted(), at: posting.now, of: retailer)
        try tx.settle(posting, at: posting.now)
        try tx.attachMonths(for: sales.map(\.stored.businessDay))
        try tx.insert(decided, at: posting.now, retailer)
        try tx.count(decided.flatMap { sale in sale.rows.flatMap { $0.limitChanges(in: sale.situation) } }.summed(), at: retailer)
        for (month, sales) in Dictionary(grouping: decided, by: \.sale.stored.businessDay.startOfMonth) {
            try tx.countBorne(sales.flatMap { $0.rows.compactMap(\.borne) }, on: month, at: retailer)
        }
        let moves = try tx.firstSeen(
            decided.flatMap { sale in sale.situation.priceMoves.map { ($0, on: sale.sale.stored.businessDay) } },
            at: posting.now, of: retailer)
        let asset = decided[0].situation.clock.asset
        var events = decided.flatMap { sale in sale.rows.map { $0.event(sale.situation) } } + moves.map { $0.event(asset) }
        let campaigns = decided.flatMap(\.situation.campaigns)
        let exhausted = policy.exhaustedShare
        let weighed = try tx.weighedCampaigns(among: BudgetReached.short(after: posting, of: campaigns, exhausted), of: retailer)
        events += BudgetReached.by(posting, of: campaigns, weighed: weighed, exhausted).map { $0.event(asset) }
        events += try tx.lowBalances(after: posting)
        try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: posting.now)
    }
}

extension Receipt {
    /// The ids of held quotes that it names.
    var heldQuoteIDs: [QuoteID] { quoteTexts.compactMap { QuoteID($0) } }

    /// Whether it names a quote that is a token of ours.
    var bringsSignedQuote: Bool { quoteTexts.contains { QuoteID($0) == nil } }

    private var quoteTexts: [String] { lines.flatMap { $0.discounts.compactMap(\.quoteID) } }
}
