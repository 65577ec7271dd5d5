package import Kernel
import Parties
package import Postgres

extension Transaction {
    /// Locks all cards of the shoppers to whom these ids lead, against receipts and quotes that are being taken with them,
    /// and the numbers of shoppers against each other. The first thing that an erasure, a merge or a detachment does.
    ///
    /// Lock order of the whole: texts of shoppers, cards by id, numbers of shoppers, receipts by key, accounts by id, held
    /// quotes and counters under them, grants, activations, what is known of looks, days of reach, the log's head.
    func lockShoppers(_ ids: [ExternalID], of retailer: RetailerID) throws {
        try lockCards(ids, of: retailer)
        try lockOrdinals(.shopper, of: retailer)
        // A merge that was ahead of us may have brought more cards.
        try lockCards(ids, of: retailer)
    }

    private func lockCards(_ ids: [ExternalID], of retailer: RetailerID) throws {
        try execute(
            """
            SELECT FROM shopper_card
            WHERE retailer_id = \(retailer) AND shopper_key IN (
                SELECT named.shopper_key FROM shopper_card AS named
                WHERE named.retailer_id = \(retailer) AND named.shopper_id = ANY(\(ids))
            )
            ORDER BY shopper_id
            FOR UPDATE
            """)
    }

    /// No erasure at this retailer passes before this transaction ends: for what names shoppers without a lock on their
    /// cards (grants, members of campaigns, lines of imports), and would else outlive them. Taken before any card.
    package func holdOffErasures(of retailer: RetailerID) throws {
        try execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(\(Self.textsLock(of: retailer)), 0))")
    }

    /// Waits for those who hold erasures off, and holds off them.
    func awaitTextsOfShoppers(of retailer: RetailerID) throws {
        try execute("SELECT pg_advisory_xact_lock(hashtextextended(\(Self.textsLock(of: retailer)), 0))")
    }

    private static func textsLock(of retailer: RetailerID) -> String { "texts of shoppers \(retailer)" }
}
