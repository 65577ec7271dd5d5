package import Kernel
package import Postgres

/// What other capabilities change in the same transaction when a shopper is erased, merged or loses a card: receipts, holds,
/// limits, grants, logged bodies. Shoppers know none of them, so whoever owns such rows gives its step; they run in the order
/// of the locks that they take (`lockShoppers`).
package struct ShopperConsequences: Sendable {
    /// A shopper who is forgotten.
    package struct Erasure: Sendable {
        package let retailer: RetailerID
        /// The living key and all that were merged into it, sorted.
        package let keys: [ShopperKey]
        /// The retailer's ids that led to them, sorted: the last time that anybody sees them.
        package let ids: [ExternalID]
        package let world: OutsideWorld
    }

    /// What named `gone` names `kept` from now on.
    package struct Merge: Sendable {
        package let retailer: RetailerID
        package let gone: ShopperKey
        package let kept: ShopperKey
    }

    /// A card left `from` and is `to` now, with a new number of its own.
    package struct Detachment: Sendable {
        package let retailer: RetailerID
        package let from: ShopperKey
        package let to: CardOwner
        /// The number that the card's receipts carry; nil where the card is older than such numbers.
        package let formerCard: Int64?
    }

    package typealias Step<Change> = @Sendable (borrowing Transaction, Change) throws -> Void

    package var onErasure: [Step<Erasure>]
    package var onMerge: [Step<Merge>]
    package var onDetachment: [Step<Detachment>]

    package init(
        onErasure: [Step<Erasure>] = [], onMerge: [Step<Merge>] = [], onDetachment: [Step<Detachment>] = []
    ) {
        self.onErasure = onErasure
        self.onMerge = onMerge
        self.onDetachment = onDetachment
    }
}
