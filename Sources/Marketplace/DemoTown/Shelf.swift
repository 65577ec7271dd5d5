package import Kernel

/// What the products cost a card holder in one week, and how strongly that draws: the prices on the shelf. A campaign
/// is put on it with `offering`.
package struct Shelf: Sendable {
    struct Ticket {
        /// After the card price, before any campaign.
        var cardPriceMinor: Int64
        /// The chance, of 2^64, that a shopper who looks at the product takes it.
        var odds: UInt64
        /// Below the regular price, so that quantities are larger.
        var isDiscounted: Bool
    }

    /// The Monday of the week.
    package let monday: BusinessDay
    private let response: PriceResponse
    private let products: [TownProduct]
    private(set) var tickets: [Ticket]

    init(monday: BusinessDay, products: [TownProduct], promotions: CardPromotions, response: PriceResponse) {
        self.monday = monday
        self.response = response
        self.products = products
        tickets = products.map { product in
            let price = promotions.cardPriceMinor(of: product, inWeekOf: monday)
            return Self.ticket(product, cardPriceMinor: price, paidMinor: price, response)
        }
    }

    /// What a card holder pays for a piece or kilogram of a product without a campaign, in minor units.
    package func cardPriceMinor(of product: Int) -> Int64 { tickets[product].cardPriceMinor }

    /// The same shelf for shoppers who also see these offers: a percentage off the card price by product index.
    /// Lines keep the card price as their base; the offers only draw. Copies the shelf (0.1 ms): share it between
    /// shoppers with the same offers.
    package func offering(_ offers: [Int: BasisPoints]) -> Shelf {
        var shelf = self
        for (product, depth) in offers {
            let base = tickets[product].cardPriceMinor
            shelf.tickets[product] = Self.ticket(
                products[product], cardPriceMinor: base, paidMinor: base - depth.halfUp(of: base), response)
        }
        return shelf
    }

    private static func ticket(
        _ product: TownProduct, cardPriceMinor: Int64, paidMinor: Int64, _ response: PriceResponse
    ) -> Ticket {
        let regular = product.regularPriceMinor
        let depthBp = Int((regular - paidMinor) * 10_000 / regular)
        let chance = response.lines(atDepthBp: depthBp) / PriceResponse.linesMax
        return Ticket(
            cardPriceMinor: cardPriceMinor, odds: UInt64(min(chance * 0x1p64, 0x1.ffffffp63)), isDiscounted: depthBp > 0)
    }
}
