package import Campaigns
package import Kernel
import Parties
package import Postgres
package import Receipts

/// Receipts of bulk loads are posted as those of tills are: the same code files them, pays their discounts and gives back what
/// they return. What differs is history: it may be of any month, and is refused with no promotion's time in mind. A receipt
/// on which a till gave discounts has the till's clock.
package struct PostInBulk: ReceiptPosting {
    private let key: QuoteKey
    private let memory: CampaignMemory

    package init(key: QuoteKey, memory: CampaignMemory = CampaignMemory()) {
        self.key = key
        self.memory = memory
    }

    package var receiptsMax: Int { CommitBounds().batchMax }

    package func attachMonths(of days: [BusinessDay], in tx: borrowing Transaction) throws { try tx.attachMonths(for: days) }

    package func post(_ receipts: [Receipt], as filing: Filing, in tx: borrowing Transaction) throws -> PostedInBulk {
        let policy = try tx.policy(of: filing.retailer)
        var filing = filing
        filing.originOfDiscounted = .till(lateReceiptDays: policy.lateReceiptDays)
        let filed = try tx.file(receipts, as: filing)
        guard !filed.leavesTraces(of: receipts) else {
            throw receipts.count == 1
                ? ImportStandsAlone.refused(ImportVerdict(filed.outcomes[0])) : ImportStandsAlone.wanted
        }
        let redemptions = try settle(receipts, filed, policy, filing, in: tx)
        let accepted = receipts.indices.filter { filed.outcomes[$0] == .accepted }.flatMap { redemptions[$0] ?? [] }
        return PostedInBulk(
            filed: filed, claimedMinor: accepted.reduce(0) { $0 + $1.claimedMinor },
            fundedMinor: accepted.reduce(0) { $0 + $1.fundedMinor })
    }

    private func settle(
        _ receipts: [Receipt], _ filed: FiledReceipts, _ policy: Policy, _ filing: Filing, in tx: borrowing Transaction
    ) throws -> [Int: [Redemption]] {
        do {
            return try PostReceipts(receipts: receipts, key: key, memory: memory, world: filing.world).settle(
                filed, policy, in: tx, of: filing.retailer, receivedAt: filing.receivedAt)
        } catch is WantsToStandAlone {
            throw ImportStandsAlone.wanted
        }
    }
}
