package import Campaigns
package import Kernel

/// A campaign as the choice sees it: who may not stand beside it, and what it counts for.
package struct Contender: Sendable, Hashable {
    package let campaign: CampaignID
    /// Nil: the retailer's own campaign, which is nobody's rival.
    package let supplier: SupplierID?
    /// A supplier's wallet pays for it, alone or with others: it counts for the week.
    package let isSupplierFunded: Bool
    /// The lowest categories of its goods.
    package let categories: Set<ExternalID>

    package init(campaign: CampaignID, supplier: SupplierID?, isSupplierFunded: Bool, categories: Set<ExternalID>) {
        self.campaign = campaign
        self.supplier = supplier
        self.isSupplierFunded = isSupplierFunded
        self.categories = categories
    }

    /// Of another supplier, with goods of a category that this one has too.
    package func isRival(of other: Contender) -> Bool {
        guard let supplier, let rival = other.supplier, supplier != rival else { return false }
        return !categories.isDisjoint(with: other.categories)
    }
}

/// Which of some contenders are rivals: a bit for each pair, so that a choice for a million shoppers asks no sets.
struct RivalTable: Sendable {
    private let width: Int
    private var bits: [UInt64]
    /// Nobody has a rival.
    private(set) var isEmpty = true

    init(_ contenders: [Contender]) {
        width = (contenders.count + 63) / 64
        bits = [UInt64](repeating: 0, count: width * contenders.count)
        for left in contenders.indices {
            for right in 0..<left where contenders[left].isRival(of: contenders[right]) {
                bits[left * width + right / 64] |= 1 << UInt64(right % 64)
                bits[right * width + left / 64] |= 1 << UInt64(left % 64)
                isEmpty = false
            }
        }
    }

    func areRivals(_ left: Int, _ right: Int) -> Bool {
        bits[left * width + right / 64] >> UInt64(right % 64) & 1 == 1
    }
}
