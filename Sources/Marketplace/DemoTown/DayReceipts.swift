import Kernel

/// The receipts of one business day, made one at a time as they are asked for; in the order of shoppers, not of time.
package struct DayReceipts: Sequence, Sendable {
    let town: Town
    let day: BusinessDay
    let among: Range<Int>
    let shelf: @Sendable (TownShopper) -> Shelf

    package func makeIterator() -> Iterator { Iterator(receipts: self, shopperAfter: among.lowerBound) }

    package struct Iterator: IteratorProtocol {
        let receipts: DayReceipts
        /// The index of the shopper whose visits come next.
        var shopperAfter: Int
        var shopper: TownShopper?
        var visitsLeft = 0
        var visit = 0

        package mutating func next() -> TownReceipt? {
            while visitsLeft == 0 {
                guard shopperAfter < receipts.among.upperBound else { return nil }
                visitsLeft = receipts.town.visits(ofShopper: shopperAfter, on: receipts.day)
                visit = 0
                shopper = visitsLeft == 0 ? nil : receipts.town.shopper(shopperAfter)
                shopperAfter += 1
            }
            guard let shopper else { return nil }
            defer { (visit, visitsLeft) = (visit + 1, visitsLeft - 1) }
            return receipts.town.receipt(of: shopper, on: receipts.day, visit: visit, shelf: receipts.shelf(shopper))
        }
    }
}
