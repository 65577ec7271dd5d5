import Campaigns
import Catalogue
import Kernel
import Ledger
import Offers
import Parties
import Postgres
import Receipts

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
    /// The situation of a sale at the moment when it was made (DOMAIN 11): a promise counts that was in force then, though
    /// it was taken back since.
    func saleSituation(
        _ receipt: Receipt, _ stored: StoredKey, _ filed: FiledReceipts, retailer: RetailerID
    ) throws -> CheckoutSituation {
        guard let clock = try storeClock(receipt.key.storeID, of: retailer, at: receipt.soldAt) else {
            throw DatabaseError.rowCount(expected: 1, found: 0)
        }
        let lines = receipt.lines.map { BasketLine($0, product: filed.productOrdinals[$0.productID] ?? 0) }
        let named = Set(receipt.lines.flatMap { $0.discounts.map { CampaignID($0.campaignID.value) } })
        let campaigns = try runningCampaigns(of: retailer).filter { named.contains($0.id) }
        let shopper = receipt.shopperID.flatMap { filed.shopperKeys[$0] }
        let basket = Basket(
            store: stored.storeOrdinal, businessDay: stored.businessDay, localTime: clock.localTime,
            shopper: try shopper.map {
                BasketShopper(
                    key: $0,
                    promised: try promised(to: $0, on: stored.businessDay, at: receipt.soldAt, of: retailer))
            }, lines: lines)
        let unknown = named.subtracting(campaigns.map(\.id))
        let closed = unknown.isEmpty ? [:] : try closedCampaigns(among: unknown.sorted(), of: retailer)
        let agreements = Dictionary(campaigns.map { ($0.id, $0.agreement.map(AgreementID.init)) }) { first, _ in first }
            .merging(closed.mapValues(\.agreement)) { first, _ in first }
        return CheckoutSituation(
            retailer: retailer, clock: clock, basket: basket, campaigns: campaigns, policy: try policy(of: retailer),
            minimumPrices: try minimumPrices(
                of: Set(lines.map(\.product)).sorted(), inPriceZone: clock.priceZone, on: stored.businessDay, at: retailer),
            products: Dictionary(filed.productOrdinals.map { ($0.value, $0.key) }) { first, _ in first }, closed: closed,
            bearings: try bearings(of: agreements.compactMapValues(\.self), in: clock.asset, at: retailer))
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

/// A campaign that pays no more: whose it was.
struct ClosedCampaign: Sendable, Hashable {
    let supplier: SupplierID?
    let agreement: AgreementID?
}
