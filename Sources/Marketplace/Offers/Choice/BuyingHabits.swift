import Kernel

/// A sale as ranking reads it. What came back later counts as bought: it was wanted.
struct RankedReceipt {
    let shopper: UInt32
    let day: BusinessDay
    let spendMinor: Int64
    let products: [Int32]
    /// Of lines whose prices are known, those below the price that the retailer asked, and below the shelf's. Nothing of
    /// receipts that are older than `pricedDays`: a share needs no more, and prices are most of a receipt.
    var pricedLines: Int32
    var couponLines: Int32
    var discountLines: Int32

    static let pricedDays: Int32 = 91
}

/// What one shopper bought in a year, by group of goods. Made once and emptied for each shopper, so that a choice for a million
/// asks for no memory.
struct BuyingHabits {
    private(set) var receipts: Int32 = 0
    private(set) var lastDay: BusinessDay?
    /// Of the last `spendDays`.
    private(set) var spendMinor: Int64 = 0
    /// Lines of the last `RankedReceipt.pricedDays` whose prices are known.
    private(set) var lines: Int32 = 0
    private(set) var couponLines: Int32 = 0
    private(set) var discountLines: Int32 = 0

    /// Receipts with goods of one group, on days from the first to the last.
    struct Group {
        var receipts: Int32 = 0
        var first = BusinessDay(daysSince1970: 0)
        var last = BusinessDay(daysSince1970: 0)
        /// The number of the receipt that was counted last.
        fileprivate var counted: Int32 = 0
    }

    static let spendDays: Int32 = 28

    private let goods: GoodsGroups
    private let spendFrom: BusinessDay
    private var groups: [Group]
    private var touched: [Int] = []

    /// `today`: the day of the decision, of which nothing is known yet.
    init(_ goods: GoodsGroups, today: BusinessDay) {
        self.goods = goods
        spendFrom = today.adding(days: -Self.spendDays)
        groups = [Group](repeating: Group(), count: goods.count)
    }

    mutating func add(_ receipt: RankedReceipt) {
        receipts += 1
        lastDay = max(receipt.day, lastDay ?? receipt.day)
        if receipt.day >= spendFrom { spendMinor += receipt.spendMinor }
        lines += receipt.pricedLines
        couponLines += receipt.couponLines
        discountLines += receipt.discountLines
        for product in receipt.products {
            for group in goods.groups(of: product) { count(Int(group), on: receipt.day) }
        }
    }

    private mutating func count(_ group: Int, on day: BusinessDay) {
        if groups[group].receipts == 0 {
            touched.append(group)
            (groups[group].first, groups[group].last) = (day, day)
        } else if groups[group].counted == receipts {
            return
        }
        groups[group].receipts += 1
        groups[group].counted = receipts
        groups[group].first = min(groups[group].first, day)
        groups[group].last = max(groups[group].last, day)
    }

    mutating func clear() {
        for group in touched { groups[group] = Group() }
        touched.removeAll(keepingCapacity: true)
        (receipts, lastDay, spendMinor, lines, couponLines, discountLines) = (0, nil, 0, 0, 0, 0)
    }

    /// Nil where nothing of it was bought, or there is no such group.
    subscript(group: Int?) -> Group? {
        guard let group, groups[group].receipts > 0 else { return nil }
        return groups[group]
    }
}

extension BuyingHabits.Group {
    func daysAgo(_ today: BusinessDay) -> Int32 { today.daysSince1970 - last.daysSince1970 }

    /// Days since the last purchase by the usual days between two, in basis points; nil without a rhythm.
    func dueBp(_ today: BusinessDay) -> Int32? {
        let span = Int64(last.daysSince1970 - first.daysSince1970)
        guard receipts > 1, span > 0 else { return nil }
        return Int32(clamping: Int64(daysAgo(today)) * 10_000 * Int64(receipts - 1) / span)
    }
}

/// What one shopper made of earlier offers in a year.
struct RedeemedOffers {
    private(set) var redemptions: Int32 = 0
    private(set) var lastDay: BusinessDay?
    private var campaigns: Set<Identifier> = []
    private var products: [(ordinal: Int32, redemptions: Int32)] = []

    /// How many campaigns they were of.
    var campaignCount: Int32 { Int32(campaigns.count) }

    /// So many redemptions of a campaign's offer for a product, the last on a day.
    mutating func add(_ count: Int32, of campaign: Identifier, for product: Int32, lastOn day: BusinessDay) {
        redemptions += count
        lastDay = max(day, lastDay ?? day)
        campaigns.insert(campaign)
        products.append((product, count))
    }

    /// Redemptions for products of one of these groups.
    func redemptions(among groups: [Int?], in goods: GoodsGroups) -> Int32 {
        products.reduce(0) { sum, product in
            goods.groups(of: product.ordinal).contains { groups.contains(Int($0)) } ? sum + product.redemptions : sum
        }
    }
}
