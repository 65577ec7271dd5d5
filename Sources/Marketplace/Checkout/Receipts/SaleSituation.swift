import Campaigns
import Catalogue
import Kernel
import Ledger
import Offers
import Parties
import Postgres
import Receipts
import Shoppers

extension CheckoutSituation {
    /// Shared accounts that redemptions of these campaigns credit.
    var owedAccounts: Set<SharedAccount> {
        var accounts: Set<SharedAccount> = [.fee(clock.asset), .payable(clock.asset, owner: nil)]
        for campaign in campaigns { accounts.insert(.payable(clock.asset, owner: campaign.supplier)) }
        for bearing in bearings.values { accounts.insert(.payable(clock.asset, owner: bearing.supplier)) }
        return accounts
    }
}

extension Transaction {
    /// The situation of each sale at the moment when it was made (DOMAIN 11): a promise counts that was in force then, though
    /// it was taken back since. The campaigns are those that it names, as they were on its business day.
    func saleSituations(
        _ sales: [PostedSale], _ filed: FiledReceipts, _ policy: Policy, retailer: RetailerID, _ memory: CampaignMemory
    ) throws -> [CheckoutSituation] {
        let clocks = try storeClocks(sales.map { ($0.receipt.key.storeID, $0.receipt.soldAt) }, of: retailer)
        let named = Set(sales.flatMap(\.campaigns))
        let running = try memory.campaigns(among: named.sorted(), of: retailer, in: self)
        let campaigns = Dictionary(running.map { ($0.id, $0) }) { first, _ in first }
        let unknown = named.subtracting(campaigns.keys)
        let closed = unknown.isEmpty ? [:] : try closedCampaigns(among: unknown.sorted(), of: retailer)
        let agreements = campaigns.mapValues { $0.agreement.map(AgreementID.init) }
            .merging(closed.mapValues(\.agreement)) { first, _ in first }.compactMapValues(\.self)
        let bearings = clocks.isEmpty ? [:] : try bearings(of: agreements, in: clocks[0].asset, at: retailer)
        let minimums = try minimumPrices(of: sales, clocks, filed, campaigns, at: retailer)
        let shoppers = try basketShoppers(of: sales, filed, campaigns, at: retailer)
        let products = Dictionary(filed.productOrdinals.map { ($0.value, $0.key) }) { first, _ in first }
        return sales.indices.map { index in
            let (sale, clock) = (sales[index], clocks[index])
            return CheckoutSituation(
                retailer: retailer, clock: clock, basket: sale.basket(clock, filed, shopper: shoppers[index]),
                campaigns: sale.campaigns.compactMap {
                    campaigns[$0]?.asOf(sale.stored.businessDay).asPromised(to: shoppers[index])
                }, policy: policy,
                minimumPrices: minimums[PriceMoment(zone: clock.priceZone, day: sale.stored.businessDay)] ?? [:],
                products: products, closed: sale.only(closed), bearings: sale.only(bearings))
        }
    }

    /// Below which the discounted products may not be sold, for each price zone and day of the sales.
    private func minimumPrices(
        of sales: [PostedSale], _ clocks: [StoreClock], _ filed: FiledReceipts, _ campaigns: [CampaignID: RunningCampaign],
        at retailer: RetailerID
    ) throws -> [PriceMoment: [Int32: Int64]] {
        var wanted: [PriceMoment: Set<Int32>] = [:]
        for (sale, clock) in zip(sales, clocks) where sale.campaigns.contains(where: { campaigns[$0] != nil }) {
            // A reward on several lines looks at those too on which the till claims nothing.
            let isTogether = sale.campaigns.contains { campaigns[$0]?.reward.basket != nil }
            let products = sale.receipt.lines.filter { isTogether || !$0.discounts.isEmpty }.compactMap {
                filed.productOrdinals[$0.productID]
            }
            wanted[PriceMoment(zone: clock.priceZone, day: sale.stored.businessDay), default: []].formUnion(products)
        }
        return try minimumPrices(of: wanted, at: retailer)
    }

    /// The shopper of each sale, with what was promised to them and what they had activated: asked of those sales that name a
    /// campaign for which it matters.
    private func basketShoppers(
        of sales: [PostedSale], _ filed: FiledReceipts, _ campaigns: [CampaignID: RunningCampaign], at retailer: RetailerID
    ) throws -> [BasketShopper?] {
        let personal = Set(campaigns.values.filter { !$0.isAlwaysForEveryone }.map(\.id))
        let needy = Set(campaigns.values.filter(\.needsActivation).map(\.id))
        let owners = sales.map { sale in sale.receipt.shopperID.flatMap { filed.shoppers[$0] } }
        var shoppers = owners.map { owner in owner.map { BasketShopper(key: $0.shopper, promised: []) } }
        let asked = sales.enumerated().compactMap { index, sale -> (index: Int, question: PromiseQuestion)? in
            guard let owner = owners[index], !personal.union(needy).isDisjoint(with: sale.campaigns) else { return nil }
            let day = sale.stored.businessDay
            return (index, PromiseQuestion(shopper: owner.shopper, day: day, moment: sale.receipt.soldAt))
        }
        let questions = asked.map(\.question)
        let promises = try promised(to: questions, among: personal.sorted(), of: retailer)
        let activations = try activated(by: questions, among: needy.sorted(), of: retailer)
        for (place, (index, question)) in asked.enumerated() {
            shoppers[index] = BasketShopper(
                key: question.shopper, promises[place], activated: activations[place])
        }
        return shoppers
    }

    /// Which of these were the retailer's campaigns and are over for good.
    private func closedCampaigns(
        among ids: [CampaignID], of retailer: RetailerID
    ) throws -> [CampaignID: ClosedCampaign] {
        let found = try query(
            """
            SELECT campaign_id, supplier_id, agreement_id
            FROM campaign
            WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(ids)) AND state IN ('closed', 'cancelled')
            """
        ) { row in
            (
                try row.next(CampaignID.self),
                ClosedCampaign(supplier: try row.nextOptional(), agreement: try row.nextOptional())
            )
        }
        return Dictionary(found) { first, _ in first }
    }
}

extension PostedSale {
    /// What the till names, in the order of their ids; some may be none of ours.
    fileprivate var campaigns: [CampaignID] {
        Set(receipt.lines.flatMap { $0.discounts.map { CampaignID($0.campaignID.value) } }).sorted()
    }

    /// What concerns the campaigns that it names.
    fileprivate func only<Value>(_ found: [CampaignID: Value]) -> [CampaignID: Value] {
        guard !found.isEmpty else { return [:] }
        return Dictionary(campaigns.compactMap { id in found[id].map { (id, $0) } }) { first, _ in first }
    }

    fileprivate func basket(_ clock: StoreClock, _ filed: FiledReceipts, shopper: BasketShopper?) -> Basket {
        Basket(
            store: stored.storeOrdinal, businessDay: stored.businessDay, localTime: clock.localTime,
            shopper: shopper,
            lines: receipt.lines.map { BasketLine($0, product: filed.productOrdinals[$0.productID] ?? 0) })
    }
}

/// A campaign that pays no more: whose it was.
struct ClosedCampaign: Sendable, Hashable {
    let supplier: SupplierID?
    let agreement: AgreementID?
}
