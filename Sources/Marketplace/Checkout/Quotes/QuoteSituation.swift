import Campaigns
import Catalogue
import Kernel
import Ledger
import Offers
import Parties
import Postgres
import Shoppers

extension Transaction {
    /// The situation of a basket at a moment; a problem where the store is unknown.
    func situation(
        of request: QuoteRequest, at now: Instant, retailer: RetailerID, _ memory: CampaignMemory
    ) throws -> CheckoutSituation {
        guard let clock = try storeClock(request.store, of: retailer, at: now) else { throw QuoteRequest.unknownStore }
        return try situations(of: [(request, clock)], retailer: retailer, memory)[0]
    }

    /// The situation of each basket at its store's moment, read in a few statements for all of them.
    func situations(
        of requests: [(request: QuoteRequest, clock: StoreClock)], retailer: RetailerID, _ memory: CampaignMemory
    ) throws -> [CheckoutSituation] {
        let products = try productOrdinals(
            Set(requests.flatMap { $0.request.lines.map(\.product) }).sorted(), of: retailer)
        let lines = requests.map { asked in
            asked.request.lines.compactMap { line in products[line.product].map { BasketLine(line, product: $0) } }
        }
        let touched = Set(lines.joined().map(\.product)).sorted()
        let running = try memory.touching(touched, of: retailer, in: self)
        let campaigns = zip(lines, requests).map { lines, asked in
            running.touching(lines.map(\.product)).map { $0.asOf(asked.clock.businessDay) }
        }
        let policy = try policy(of: retailer)
        let minimums = try minimumPrices(of: requests.map(\.clock), lines, campaigns, at: retailer)
        let shoppers = try basketShoppers(of: requests, campaigns, at: retailer)
        let names = Dictionary(products.map { ($0.value, $0.key) }) { first, _ in first }
        return requests.indices.map { index in
            let clock = requests[index].clock
            return CheckoutSituation(
                retailer: retailer, clock: clock,
                basket: Basket(
                    store: clock.ordinal, businessDay: clock.businessDay, localTime: clock.localTime,
                    shopper: shoppers[index], lines: lines[index]),
                campaigns: campaigns[index].map { $0.asPromised(to: shoppers[index]) }, policy: policy,
                minimumPrices: minimums[PriceMoment(clock)] ?? [:],
                products: names)
        }
    }

    /// Below which the baskets' products may not be sold, for each price zone and day; of baskets with campaigns.
    private func minimumPrices(
        of clocks: [StoreClock], _ lines: [[BasketLine]], _ campaigns: [[RunningCampaign]], at retailer: RetailerID
    ) throws -> [PriceMoment: [Int32: Int64]] {
        var wanted: [PriceMoment: Set<Int32>] = [:]
        for index in clocks.indices where !campaigns[index].isEmpty {
            wanted[PriceMoment(clocks[index]), default: []].formUnion(lines[index].map(\.product))
        }
        return try minimumPrices(of: wanted, at: retailer)
    }

    /// A shopper whom the retailer never named has no promise.
    private func basketShoppers(
        of requests: [(request: QuoteRequest, clock: StoreClock)], _ campaigns: [[RunningCampaign]], at retailer: RetailerID
    ) throws -> [BasketShopper?] {
        let ids = Set(requests.compactMap(\.request.shopper)).sorted()
        guard !ids.isEmpty else { return requests.map { _ in nil } }
        let keys = try shopperKeys(for: ids, of: retailer, creating: false, at: Instant(microseconds: 0))
        let personal = Set(campaigns.joined().filter { !$0.isForEveryone }.map(\.id)).sorted()
        let asked = requests.enumerated().compactMap { index, asked in
            asked.request.shopper.flatMap { keys[$0] }.map {
                (index, PromiseQuestion(shopper: $0, day: asked.clock.businessDay, moment: nil))
            }
        }
        var shoppers: [BasketShopper?] = requests.map { $0.request.shopper == nil ? nil : .stranger }
        let needy = Set(campaigns.joined().filter(\.needsActivation).map(\.id)).sorted()
        let promises = try promised(to: asked.map(\.1), among: personal, of: retailer)
        let activations = try activated(by: asked.map(\.1), among: needy, of: retailer)
        for (place, (index, question)) in asked.enumerated() {
            shoppers[index] = BasketShopper(
                key: question.shopper, promises[place], activated: activations[place])
        }
        return shoppers
    }
}

extension QuoteRequest {
    static let unknownStore = Problem.invalid([
        FieldProblem(pointer: "/store_id", code: "unknown_store", detail: "There is no such store.")
    ])
}

extension BasketLine {
    init(_ line: QuoteRequest.Line, product: Int32) {
        self.init(
            lineNo: line.lineNo, product: product, quantityMilli: line.quantityMilli, unit: line.unit,
            regularMinor: line.regularMinor, baseMinor: line.baseMinor, isClosed: line.isClosed)
    }
}
