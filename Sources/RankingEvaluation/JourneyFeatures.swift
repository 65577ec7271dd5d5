import Offers

/// What is known of each household for one offer the day before its campaign starts. Nothing of the campaign's own time, or of a
/// later one, is looked at.
struct JourneyFeatures {
    private static let windowDays: Int32 = 365
    private static let reachDays: Int32 = 90

    private let journey: Journey
    private let offer: JourneyOffer
    private let start: Int32
    private let products: Set<Int32>
    private let brands: Set<Int32>
    private let categories: Set<Int32>
    /// Coupons with a product in common with the offer, or of one of its manufacturers.
    private let similar: Set<Int32>
    private let reachBp: Int32

    init(_ journey: Journey, _ offer: JourneyOffer, owners: [Int32: Set<Int32>]) {
        self.journey = journey
        self.offer = offer
        let start = journey.campaigns[offer.campaign].start
        self.start = start
        products = Set(offer.products)
        let goods = offer.products.map { journey.products[Int($0)] }
        let none = Set(Journey.noSuppliers.compactMap(journey.manufacturers.number))
        brands = Set(goods.compactMap(\.manufacturer)).subtracting(none)
        categories = Set(goods.compactMap(\.category))
        similar = Set(goods.flatMap(\.coupons)).union(brands.flatMap { owners[$0] ?? [] })
        let bought = goods.flatMap(\.buyers).filter { $0.day < start && $0.day >= start - Self.reachDays }
        reachBp = Int32(Set(bought.map(\.household)).count * 10_000 / max(1, journey.buyers))
    }

    func features(of household: Int32) -> OfferFeatures {
        var features = OfferFeatures()
        let lines = journey.lines[Int(household)].filter { $0.day < start && $0.day >= start - Self.windowDays }
        count(lines, into: &features)
        features.spendPlaceBp = spendPlaceBp(of: household)
        let earlier = journey.redemptions[Int(household)].filter { $0.day < start }
        features.redemptions = Int32(earlier.count)
        features.campaignsRedeemed = Int32(Set(earlier.map(\.campaign)).count)
        features.similarRedemptions = Int32(earlier.count { similar.contains($0.coupon) })
        features.redeemedDaysAgo = earlier.last.map { start - $0.day }
        features.campaignsSeen = Int32(
            journey.sent[Int(household)].count { journey.campaigns[Int($0)].start < start })
        features.reachBp = reachBp
        return features
    }

    private func count(_ lines: [Journey.Line], into features: inout OfferFeatures) {
        var (all, own) = (PurchaseDays(), PurchaseDays())
        var (brand, category) = (PurchaseDays(), PurchaseDays())
        for line in lines {
            all.add(line.day, line.basket)
            if products.contains(line.product) { own.add(line.day, line.basket) }
            let product = journey.products[Int(line.product)]
            if let maker = product.manufacturer, brands.contains(maker) { brand.add(line.day, line.basket) }
            if let shelf = product.category, categories.contains(shelf) { category.add(line.day, line.basket) }
            if line.hasCoupon { features.couponLines += 1 }
            if line.hasDiscount { features.discountLines += 1 }
        }
        features.lines = Int32(lines.count)
        (features.receipts, features.recencyDays) = (all.receipts, all.daysAgo(start))
        (features.productReceipts, features.products) = (own.receipts, OfferFeatures.Bought(daysAgo: own.daysAgo(start)))
        (features.brandReceipts, features.brands) = (brand.receipts, OfferFeatures.Bought(daysAgo: brand.daysAgo(start)))
        (features.categoryReceipts, features.categories) = (
            category.receipts, OfferFeatures.Bought(daysAgo: category.daysAgo(start))
        )
        features.dueBp = own.dueBp(start) ?? category.dueBp(start)
    }

    /// Which part of the panel spent less in the 28 days before the start.
    private func spendPlaceBp(of household: Int32) -> Int32 {
        let campaign = journey.campaigns[offer.campaign]
        guard let spend = campaign.spends[household] else { return 0 }
        var (low, high) = (0, campaign.spendsSorted.count)
        while low < high {
            let middle = (low + high) / 2
            if campaign.spendsSorted[middle] < spend { low = middle + 1 } else { high = middle }
        }
        return Int32(low * 10_000 / campaign.spendsSorted.count)
    }
}

/// Receipts with goods of one kind, given by rising days.
struct PurchaseDays {
    private(set) var receipts: Int32 = 0
    private var first: Int32 = 0
    private var last: Int32 = 0
    private var basket: Int32 = -1

    mutating func add(_ day: Int32, _ basket: Int32) {
        guard receipts == 0 || basket != self.basket else { return }
        if receipts == 0 { first = day }
        receipts += 1
        last = day
        self.basket = basket
    }

    func daysAgo(_ day: Int32) -> Int32? { receipts > 0 ? day - last : nil }

    /// Days since the last purchase by the usual days between two.
    func dueBp(_ day: Int32) -> Int32? {
        guard receipts > 1, last > first else { return nil }
        return Int32(clamping: Int64(day - last) * 10_000 * Int64(receipts - 1) / Int64(last - first))
    }
}
