import Campaigns
import EventLog
import Kernel
import Ledger
import Parties
import Postgres
import Receipts
import Shoppers

/// A basket for which money and limits are to be kept.
struct HoldRequest: Sendable {
    let request: QuoteRequest
    let basket: ExternalID

    /// What names the basket: two requests of one basket are never decided together.
    struct Key: Hashable, Sendable {
        let store: ExternalID
        let basket: ExternalID
    }

    var key: Key { Key(store: request.store, basket: basket) }
}

/// Quotes that keep their money and limits, each in place of its basket's earlier one; those that come together are
/// written together.
///
/// Locks, in this order: cards of shoppers, baskets, accounts by id, then held quotes and counters under them.
struct HoldQuotes: Sendable {
    let requests: [HoldRequest]
    let memory: CampaignMemory
    let world: OutsideWorld

    typealias Answer = Result<Quote, any Error>

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws -> [Answer] {
        let now = world.now()
        let clocks = try tx.clocksByPlace(requests.map { ($0.request.store, now) }, of: retailer)
        let known = requests.indices.compactMap { place in clocks[place].map { (place: place, clock: $0) } }
        var answers: [Answer] = requests.map { _ in .failure(QuoteRequest.unknownStore) }
        guard !known.isEmpty else { return answers }
        let held = try hold(known.map { (requests[$0.place], $0.clock) }, in: tx, of: retailer)
        for (place, quote) in zip(known.map(\.place), held) { answers[place] = .success(quote) }
        return answers
    }

    private func hold(
        _ wanted: [(HoldRequest, StoreClock)], in tx: borrowing Transaction, of retailer: RetailerID
    ) throws -> [Quote] {
        // What is kept belongs to one shopper: one whom nobody knew gets a key.
        let shoppers = Set(wanted.compactMap(\.0.request.shopper)).sorted()
        if !shoppers.isEmpty { _ = try tx.shopperKeys(for: shoppers, of: retailer, creating: true, at: world.now()) }
        let situations = try tx.situations(of: wanted.map { ($0.0.request, $0.1) }, retailer: retailer, memory)
        let baskets = wanted.map { BasketPlace(store: $0.1.ordinal, basket: $0.0.basket) }
        try tx.lock(baskets, at: retailer)
        let earlier = try tx.pendingQuotes(of: baskets, at: retailer)
        let posting = try lock(situations, replacing: Array(earlier.values), in: tx, of: retailer)
        let left = BatchLeft(
            counters: try tx.countersLeft(to: situations, at: retailer),
            quotes: HeldQuotes(try tx.heldQuotes(earlier.values.sorted(), of: retailer)))
        let isAnyOnline = wanted.contains { $0.0.request.channel == .online }
        let online = isAnyOnline ? try tx.onlineHolds(on: posting.accounts.keys.sorted(), at: retailer) : OnlineHolds()
        var batch = HoldsDecision(posting: posting, left: left, online: online)
        for (index, situation) in situations.enumerated() {
            try batch.decide(wanted[index].0, situation, replacing: earlier[baskets[index]], as: world.newID())
        }
        try write(batch, in: tx, of: retailer)
        return batch.held.map(\.answer)
    }

    /// Locks the accounts of all, and ends the quotes on them whose time is up.
    private func lock(
        _ situations: [CheckoutSituation], replacing earlier: [QuoteID], in tx: borrowing Transaction, of retailer: RetailerID
    ) throws -> Posting {
        let accounts = Set(situations.flatMap(\.accounts)).sorted()
        let due = try tx.dueQuotes(on: accounts, at: retailer)
        var plan = PostingPlan()
        plan.accounts = Set(accounts)
        let touched = Set(due + earlier).sorted()
        if !touched.isEmpty { plan.add(try tx.holds(ofQuotes: touched.map(\.value), at: retailer)) }
        var posting = try tx.openPosting(plan, of: retailer)
        try tx.expire(due, in: &posting)
        return posting
    }

    private func write(_ batch: HoldsDecision, in tx: borrowing Transaction, of retailer: RetailerID) throws {
        let (posting, held) = (batch.posting, batch.held)
        try tx.resolve(batch.replaced.sorted(), as: .replaced, at: posting.now, of: retailer)
        try tx.settle(posting, at: posting.now)
        try tx.insert(held, of: retailer)
        try tx.count(held.flatMap { $0.decision.limitChanges(in: $0.situation) }.summed(), at: retailer)
        let now = world.now()
        let moves = try tx.firstSeen(
            held.flatMap { held in held.situation.priceMoves.map { ($0, on: held.situation.clock.businessDay) } }, at: now,
            of: retailer)
        let events = moves.map { $0.event(held[0].situation.clock.asset) }
        try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: now)
    }
}

/// Decides the quotes of a batch one after the other, over locked accounts: each finds what those before it left. Pure.
struct HoldsDecision {
    struct Held: Sendable {
        let request: QuoteRequest
        let situation: CheckoutSituation
        let decision: QuoteDecision
        let quote: HeldQuote

        var answer: Quote { Quote(situation, decision, request, id: "\(quote.id)", expiresAt: quote.expiresAt) }
    }

    private(set) var posting: Posting
    private var left: BatchLeft
    private var online: OnlineHolds
    private(set) var held: [Held] = []
    /// Baskets' earlier quotes, in whose place others came.
    private(set) var replaced: [QuoteID] = []

    init(posting: Posting, left: BatchLeft, online: OnlineHolds) {
        self.posting = posting
        self.left = left
        self.online = online
    }

    mutating func decide(
        _ asked: HoldRequest, _ situation: CheckoutSituation, replacing earlier: QuoteID?, as id: QuoteID
    ) throws {
        let isOnline = asked.request.channel == .online
        if let earlier, left.quotes.isPending(earlier) {
            if left.quotes.channel(of: earlier) == .online { free(earlier) }
            posting.release(quote: earlier.value)
            left.free(earlier)
            left.quotes.end([earlier], as: .replaced)
            replaced.append(earlier)
        }
        let money = Dictionary(
            situation.campaigns.flatMap(\.shares).map { share in
                let available = posting.available(on: AccountID(share.account))
                return (share.account, isOnline ? min(available, online.leave(of: share)) : available)
            }
        ) { first, _ in first }
        let decision = situation.decide(situation.availability(money: money, left.counters))
        let expiresAt = posting.now.adding(seconds: situation.policy.settings.holdSeconds(isOnline: isOnline))
        for hold in decision.holds(of: id, in: situation, until: expiresAt) {
            _ = try posting.place(hold)
            if isOnline { online.add(hold.amount.minor, on: hold.account) }
        }
        left.count(decision.limitChanges(in: situation))
        let quote = HeldQuote(
            id: id, basket: asked.basket, store: situation.clock.ordinal, shopper: situation.basket.shopper?.key,
            channel: asked.request.channel, businessDay: situation.clock.businessDay, quotedAt: posting.now,
            expiresAt: expiresAt)
        held.append(Held(request: asked.request, situation: situation, decision: decision, quote: quote))
    }
}

extension HoldsDecision {
    /// An online order's earlier quote keeps its money no more.
    private mutating func free(_ quote: QuoteID) {
        for hold in posting.holds.values where hold.quote == quote.value && hold.state == .pending {
            online.add(-hold.amount, on: hold.account)
        }
    }
}

extension PolicySettings {
    fileprivate func holdSeconds(isOnline: Bool) -> Int64 { Int64(isOnline ? onlineHoldSeconds ?? holdSeconds : holdSeconds) }
}

extension QuoteDecision {
    /// One hold for each account that pays.
    fileprivate func holds(of quote: QuoteID, in situation: CheckoutSituation, until expiry: Instant) -> [NewHold] {
        var amounts: [Identifier: Int64] = [:]
        for part in discounts.flatMap(\.split.parts) { amounts[part.account, default: 0] += part.discountMinor + part.feeMinor }
        return amounts.sorted { $0.key < $1.key }.map { account, amount in
            NewHold(
                id: .of(quote, on: account, at: situation.retailer), account: AccountID(account),
                quote: quote.value, amount: Money(minor: amount, asset: situation.clock.asset), expiresAt: expiry)
        }
    }

    fileprivate func limitChanges(in situation: CheckoutSituation) -> [LimitChange] {
        let campaigns = Dictionary(situation.campaigns.map { ($0.id, $0) }) { first, _ in first }
        return discounts.flatMap { discount in
            (campaigns[discount.campaign]?.limits(for: situation.basket) ?? []).filter(\.key.isStored).map {
                LimitChange(
                    key: $0.key, limit: $0.bound, held: $0.key.counter.isMoney ? discount.split.totalMinor : discount.units)
            }
        }.summed()
    }
}
