import EventLog
import JSONText
package import Kernel
package import Parties
package import Postgres
import Tenancy

/// A card turns out to be someone else's: it leaves its shopper and becomes one of its own, with the same flags and no
/// lists, and takes the receipts along that came with it. What was redeemed and counted of limits stays where it is: a card
/// that leaves gives nobody more than they had.
package struct DetachCard: Sendable {
    let retailer: RetailerID
    let card: ExternalID
    let consequences: ShopperConsequences

    package init(of retailer: RetailerID, _ card: ExternalID, _ consequences: ShopperConsequences) {
        self.consequences = consequences
        self.retailer = retailer
        self.card = card
    }

    package enum Refusal: Kernel.Refusal {
        case onlyID

        package var problem: Problem {
            switch self {
            case .onlyID: Problem(409, "only_id", "The shopper has no other id, so there is nothing to detach from.")
            }
        }
    }

    package func run(in tx: borrowing Transaction, by author: Author) throws -> StoredShopper {
        try tx.lockShoppers([card], of: retailer)
        guard let before = try tx.shopper(card, of: retailer) else { throw Problem.notFound("shopper") }
        guard before.ids.count > 1 else { throw Refusal.onlyID }
        let now = author.world.now()
        let owner = try tx.keptCards(for: [card], of: retailer)[card]
        try tx.execute("DELETE FROM shopper_card WHERE retailer_id = \(retailer) AND shopper_id = \(card)")
        _ = try tx.insertShoppers([card], of: retailer, at: now)
        guard let fresh = try tx.shopper(card, of: retailer) else { throw Problem.notFound("shopper") }
        _ = try tx.writeFlags(of: [(fresh.key, before.flags)], at: retailer, since: now)
        let detachment = ShopperConsequences.Detachment(
            retailer: retailer, from: before.key, to: CardOwner(shopper: fresh.key, card: fresh.key), formerCard: owner?.card)
        for step in consequences.onDetachment { try step(tx, detachment) }
        try tx.noteProfileChange(.people, [before.key, fresh.key], of: retailer)
        guard let detached = try tx.shopper(card, of: retailer) else { throw Problem.notFound("shopper") }
        let subject = EventSubject(kind: "shopper", id: "\(detached.key)")
        try tx.audit(
            author, "shopper.detached", about: subject, before: AuditedShopper(before), after: AuditedShopper(detached))
        var event = Event("shopper.detached", about: subject) { json in
            json.field("shopper_key", detached.key)
            json.field("from_shopper_key", before.key)
        }
        event.shopperKey = detached.key
        try tx.append(event, to: retailer, in: author.world)
        return detached
    }
}
