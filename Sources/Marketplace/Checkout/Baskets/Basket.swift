package import Campaigns
package import Kernel
import Offers
package import Receipts

/// What a till asks about: lines with the shelf's and the shopper's price before us. Product and store are already ordinals.
package struct Basket: Sendable, Hashable {
    package let store: Int32
    package let businessDay: BusinessDay
    /// The moment of the quote, or of the sale where there was none, as the store's clock shows it.
    package let localTime: Instant
    package let shopper: BasketShopper?
    package let lines: [BasketLine]

    package init(store: Int32, businessDay: BusinessDay, localTime: Instant, shopper: BasketShopper?, lines: [BasketLine]) {
        self.store = store
        self.businessDay = businessDay
        self.localTime = localTime
        self.shopper = shopper
        self.lines = lines
    }
}

/// The shopper of a basket and what was promised to them.
package struct BasketShopper: Sendable, Hashable {
    package let key: Int64
    /// The campaigns whose promise to this shopper is in force on the basket's day.
    package let promised: Set<CampaignID>
    /// Of those whose depth differs by shopper, the depth that was promised to this one.
    package let depthsBP: [CampaignID: Int32]
    /// Of the campaigns that need it, those that this shopper has activated.
    package let activated: Set<CampaignID>

    /// A shopper whom the retailer never named: nothing is kept or counted for one.
    static let stranger = BasketShopper(key: 0, promised: [], activated: [])

    var isKnown: Bool { key != 0 }

    package init(
        key: Int64, promised: Set<CampaignID>, activated: Set<CampaignID> = [], depthsBP: [CampaignID: Int32] = [:]
    ) {
        self.key = key
        self.promised = promised
        self.depthsBP = depthsBP
        self.activated = activated
    }
}

extension BasketShopper {
    init(key: Int64, _ held: PromisesHeld, activated: Set<CampaignID>) {
        self.init(key: key, promised: held.campaigns, activated: activated, depthsBP: held.depthsBP.filter { $0.value > 0 })
    }
}

extension RunningCampaign {
    /// As this shopper was promised it.
    func asPromised(to shopper: BasketShopper?) -> RunningCampaign { atDepth(shopper?.depthsBP[id] ?? 0) }
}

/// One line of a basket. Amounts are of the whole line, in minor units, VAT included.
package struct BasketLine: Sendable, Hashable {
    package let lineNo: Int32
    package let product: Int32
    package let quantityMilli: Int64
    package let unit: LineUnit
    package let regularMinor: Int64
    package let baseMinor: Int64
    /// Nothing may be added: deep promotion, legally fixed price.
    package let isClosed: Bool

    package init(
        lineNo: Int32, product: Int32, quantityMilli: Int64, unit: LineUnit, regularMinor: Int64, baseMinor: Int64,
        isClosed: Bool = false
    ) {
        self.lineNo = lineNo
        self.product = product
        self.quantityMilli = quantityMilli
        self.unit = unit
        self.regularMinor = regularMinor
        self.baseMinor = baseMinor
        self.isClosed = isClosed
    }
}

extension BasketLine {
    /// What limits count: pieces, or one for a weighed line. Nothing is no unit.
    package var units: Int64 {
        guard quantityMilli > 0 else { return 0 }
        return isWholePieces ? quantityMilli / 1000 : 1
    }

    var isWholePieces: Bool { unit == .piece && quantityMilli % 1000 == 0 }
}
