import Campaigns
import Catalogue
import Kernel
import Ledger
import Offers
import Parties
import Postgres
import Receipts
import Shoppers

/// Everything that is read to decide a basket, apart from what is left of money and limits.
struct CheckoutSituation: Sendable {
    let retailer: RetailerID
    let clock: StoreClock
    let basket: Basket
    /// Those that touch a product of the basket.
    let campaigns: [RunningCampaign]
    let policy: Policy
    let minimumPrices: [Int32: Int64]
    /// The retailer's ids of the basket's products.
    let products: [Int32: ExternalID]
    /// Of the campaigns that a receipt names, those that are over for good.
    var closed: [CampaignID: ClosedCampaign] = [:]
    /// Of the campaigns that a receipt names, those whose agreement lets the supplier bear unfunded discounts.
    var bearings: [CampaignID: Bearing] = [:]

    /// Whose campaign it is or was; nil for the retailer's own, and for what is none.
    func supplier(of campaign: CampaignID) -> SupplierID? {
        campaigns.first { $0.id == campaign }?.supplier ?? closed[campaign]?.supplier
    }

    func rules(for line: BasketLine) -> RewardAmount.Rules {
        RewardAmount.Rules(
            priceStepMinor: policy.priceStepMinor, minimumUnitPriceMinor: minimumPrices[line.product],
            clipsAtMinimum: policy.belowMinimumPrice == .clip)
    }

    /// The limits of all campaigns that bind the basket.
    var limits: [(key: LimitKey, units: Int64)] { campaigns.flatMap { $0.limits(for: basket) } }

    var accounts: [AccountID] { campaigns.flatMap { $0.shares.map { AccountID($0.account) } } }

    func decide(money: [Identifier: Int64], units: [LimitKey: Int64]) -> QuoteDecision {
        QuoteDecision(
            basket, campaigns: campaigns, rules: rules, availability: Availability(money: money, units: units))
    }
}

extension Transaction {
    /// Reads the situation of a basket at a moment; a problem where the store is unknown.
    func situation(of request: QuoteRequest, at now: Instant, retailer: RetailerID) throws -> CheckoutSituation {
        guard let clock = try storeClock(request.store, of: retailer, at: now) else {
            throw Problem.invalid([FieldProblem(pointer: "/store_id", code: "unknown_store", detail: "There is no such store.")])
        }
        let products = try productOrdinals(request.lines.map(\.product), of: retailer)
        let lines = request.lines.compactMap { line in products[line.product].map { BasketLine(line, product: $0) } }
        let touched = Set(lines.map(\.product))
        let campaigns = try runningCampaigns(of: retailer).filter { !touched.isDisjoint(with: $0.products.keys) }
        let basket = Basket(
            store: clock.ordinal, businessDay: clock.businessDay, localTime: clock.localTime,
            shopper: try basketShopper(request.shopper, on: clock.businessDay, of: retailer), lines: lines)
        return CheckoutSituation(
            retailer: retailer, clock: clock, basket: basket, campaigns: campaigns, policy: try policy(of: retailer),
            minimumPrices: campaigns.isEmpty
                ? [:]
                : try minimumPrices(
                    of: touched.sorted(), inPriceZone: clock.priceZone, on: clock.businessDay, at: retailer),
            products: Dictionary(products.map { ($0.value, $0.key) }) { first, _ in first })
    }

    /// A shopper whom the retailer never named has no promise.
    func basketShopper(_ id: ExternalID?, on day: BusinessDay, of retailer: RetailerID) throws -> BasketShopper? {
        guard let id else { return nil }
        guard let key = try shopperKeys(for: [id], of: retailer, creating: false, at: Instant(microseconds: 0))[id] else {
            return .stranger
        }
        return BasketShopper(key: key, promised: try promised(to: key, on: day, of: retailer))
    }
}

extension BasketLine {
    init(_ line: QuoteRequest.Line, product: Int32) {
        self.init(
            lineNo: line.lineNo, product: product, quantityMilli: line.quantityMilli, unit: line.unit,
            regularMinor: line.regularMinor, baseMinor: line.baseMinor, isClosed: line.isClosed)
    }
}
