import Kernel

/// Fills a basket: the shopper looks at products one after the other and takes each with the odds of its price.
///
/// Looks are independent of prices, so a deeper discount makes a product sell by the response curve whatever else is in
/// the basket, and the same basket drawn with an offer holds the same lines plus what the offer added.
struct Baskets {
    private let seed: UInt64
    private let tastes: Tastes
    private let products: [TownProduct]
    private let quantity = Quantity()
    /// Looks for a kopeck of the shopper's check, with a card and without.
    private let looksWithCard: Double
    private let looksWithoutCard: Double

    init(seed: UInt64, catalogue: Catalogue, tastes: Tastes, promotions: CardPromotions) {
        self.seed = seed
        self.tastes = tastes
        products = catalogue.products
        looksWithCard = PriceResponse.linesMax / (promotions.spendFactor * catalogue.meanLineMinor)
        looksWithoutCard = 1 / catalogue.meanLineMinor
    }

    /// The lines of a trip, at least one.
    func lines(of shopper: TownShopper, _ trip: Trip, at address: UInt64, shelf: Shelf) -> [TownLine] {
        var draws = Draws(seed: seed, .look, UInt64(shopper.index), address)
        let bounds = tastes.bounds(of: shopper)
        let perKopeck = shopper.isCardHolder ? looksWithCard : looksWithoutCard
        var looks = Int(Double(shopper.averageCheckMinor) * trip.size * perKopeck + draws.unit())
        var taken: [(product: Int32, milli: Int64)] = []
        taken.reserveCapacity(24)
        while looks > 0 || taken.isEmpty {
            looks -= 1
            // Four numbers a look, used or not: a price never moves the numbers of the looks after it.
            let (odds, way, pick, amount) = (draws.next(), draws.next(), draws.next(), draws.next())
            let product: Int32
            var isDiscounted = false
            if shopper.isCardHolder {
                product = tastes.product(shopper.index, bounds, way, pick)
                let ticket = shelf.tickets[Int(product)]
                guard odds < ticket.odds else { continue }
                isDiscounted = ticket.isDiscounted
            } else {
                product = tastes.anyProduct(way, pick)
            }
            let milli = quantity.milli(of: products[Int(product)], isDiscounted: isDiscounted, at: amount)
            if let line = taken.firstIndex(where: { $0.product == product }) {
                taken[line].milli += milli
            } else {
                taken.append((product, milli))
            }
        }
        return priced(taken, shelf, withCard: shopper.isCardHolder)
    }

    private func priced(_ taken: [(product: Int32, milli: Int64)], _ shelf: Shelf, withCard: Bool) -> [TownLine] {
        var lines: [TownLine] = []
        lines.reserveCapacity(taken.count)
        for (index, milli) in taken {
            let product = products[Int(index)]
            let regular = Self.amount(product.regularPriceMinor, milli)
            let base = withCard ? Self.amount(shelf.cardPriceMinor(of: Int(index)), milli) : regular
            lines.append(
                TownLine(
                    lineNo: Int32(lines.count + 1), product: index, productID: product.id, quantityMilli: milli,
                    unit: product.unit, regularAmountMinor: regular, baseAmountMinor: base, vatRateBp: product.vatRateBp))
        }
        return lines
    }

    /// A price for a piece or kilogram times thousandths of it, rounded half up.
    private static func amount(_ priceMinor: Int64, _ milli: Int64) -> Int64 { (priceMinor * milli + 500) / 1000 }
}
