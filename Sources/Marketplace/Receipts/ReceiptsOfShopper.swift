import Kernel
package import Postgres
package import Shoppers

/// What becomes of receipts, of texts that came with them and of rejected lines when their shopper is erased, merged or loses
/// a card. Index of all: `receipt_by_shopper`, `return_line_by_shopper`.
package enum ReceiptsOfShopper {
    /// Receipts become anonymous; what was put aside or rejected and names an id is blanked.
    @Sendable package static func erase(_ tx: borrowing Transaction, _ erasure: ShopperConsequences.Erasure) throws {
        try tx.blankTexts(naming: erasure.ids, of: erasure.retailer)
        try tx.lockReceipts(of: erasure.keys, at: erasure.retailer)
        try tx.pipeline([
            """
            UPDATE receipt
            SET shopper_key = NULL, card_key = NULL, fingerprint = \(Receipt.anonymousFingerprint)
            WHERE retailer_id = \(erasure.retailer) AND shopper_key = ANY(\(erasure.keys))
            """,
            """
            UPDATE return_line SET shopper_key = NULL
            WHERE retailer_id = \(erasure.retailer) AND shopper_key = ANY(\(erasure.keys))
            """,
        ])
    }

    @Sendable package static func merge(_ tx: borrowing Transaction, _ merge: ShopperConsequences.Merge) throws {
        try tx.lockReceipts(of: [merge.gone], at: merge.retailer)
        try tx.pipeline([
            """
            UPDATE receipt SET shopper_key = \(merge.kept)
            WHERE retailer_id = \(merge.retailer) AND shopper_key = \(merge.gone)
            """,
            """
            UPDATE return_line SET shopper_key = \(merge.kept)
            WHERE retailer_id = \(merge.retailer) AND shopper_key = \(merge.gone)
            """,
        ])
    }

    /// The receipts that came with the card, and what they returned.
    @Sendable package static func detach(_ tx: borrowing Transaction, _ change: ShopperConsequences.Detachment) throws {
        guard let card = change.formerCard else { return }
        try tx.lockReceipts(of: [change.from], at: change.retailer)
        try tx.pipeline([
            """
            UPDATE receipt SET shopper_key = \(change.to.shopper), card_key = \(change.to.card)
            WHERE retailer_id = \(change.retailer) AND shopper_key = \(change.from) AND card_key = \(card)
            """,
            """
            UPDATE return_line SET shopper_key = \(change.to.shopper)
            FROM receipt
            WHERE return_line.retailer_id = \(change.retailer) AND return_line.shopper_key = \(change.from)
                AND receipt.retailer_id = \(change.retailer) AND receipt.shopper_key = \(change.to.shopper)
                AND receipt.business_day = return_line.business_day AND receipt.store_ordinal = return_line.store_ordinal
                AND receipt.till = return_line.till AND receipt.shift = return_line.shift
                AND receipt.number = return_line.number
            """,
        ])
    }
}

extension Transaction {
    /// In the order of the key, as returns lock the sales that they name.
    fileprivate func lockReceipts(of keys: [ShopperKey], at retailer: RetailerID) throws {
        try execute(
            """
            SELECT FROM receipt
            WHERE retailer_id = \(retailer) AND shopper_key = ANY(\(keys))
            ORDER BY business_day, store_ordinal, till, shift, number
            FOR UPDATE
            """)
    }

    /// A rejected line goes as a whole: it may name the shopper in any place. A line that merely holds the same letters goes
    /// with it. Scans what the retailer's imports rejected, at most 10 000 lines of each.
    fileprivate func blankTexts(naming ids: [ExternalID], of retailer: RetailerID) throws {
        try pipeline([
            """
            UPDATE receipt_quarantine SET body = body - 'shopper_id'
            WHERE retailer_id = \(retailer) AND body ->> 'shopper_id' = ANY(\(ids))
            """,
            """
            UPDATE import_reject SET detail = '', content = ''
            WHERE retailer_id = \(retailer) AND EXISTS (
                SELECT FROM unnest(\(ids)) AS named (id)
                WHERE strpos(content, named.id) > 0 OR strpos(detail, named.id) > 0
            )
            """,
        ])
    }
}
