/// The Complete Journey panel, or another folder of its form: households, what they bought, which campaigns they were sent and
/// which coupons they redeemed. Ids are numbers from 0 on; days are days since 1970.
struct Journey {
    struct Product {
        var manufacturer: Int32?
        var category: Int32?
        /// Coupons that are good for it, in any campaign.
        var coupons: [Int32] = []
        /// Who bought it, on which day.
        var buyers: [(household: Int32, day: Int32)] = []
    }

    struct Coupon {
        let coupon: Int32
        var products: [Int32] = []
        /// Whose coupon it is, where at least `Journey.ownerShare` of its products are of one manufacturer that is a supplier.
        var owner: Int32?
    }

    struct Campaign {
        let id: String
        let start: Int32
        let end: Int32
        var coupons: [Coupon] = []
        var households: [Int32] = []
        /// What each household of the panel spent in the 28 days before the start, rising, and by household, in cents.
        var spendsSorted: [Int64] = []
        var spends: [Int32: Int64] = [:]
    }

    struct Line {
        let day: Int32
        let basket: Int32
        let product: Int32
        let spend: Int64
        let hasCoupon: Bool
        let hasDiscount: Bool
    }

    struct Redemption {
        let household: Int32
        let campaign: Int32
        let coupon: Int32
        let day: Int32
    }

    /// A coupon for products of several manufacturers belongs to whom so many percent of them do.
    static let ownerPercent = 80
    /// The private label and the catch-all of fresh produce (the set's README): no suppliers.
    static let noSuppliers = ["69", "2"]

    let folder: String
    let households: NumberedIDs
    let manufacturers: NumberedIDs
    let products: [Product]
    let campaigns: [Campaign]
    /// By household, by day and basket.
    let lines: [[Line]]
    /// By household, by day.
    let redemptions: [[Redemption]]
    /// By household, the campaigns that it was sent.
    let sent: [[Int32]]

    var firstDay: Int32 { lines.compactMap { $0.first?.day }.min() ?? 0 }
    var lastDay: Int32 { lines.compactMap { $0.last?.day }.max() ?? 0 }
    /// Households that have receipts at all.
    var buyers: Int { lines.count { !$0.isEmpty } }
}
