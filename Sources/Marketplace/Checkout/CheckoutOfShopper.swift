import Kernel
import Ledger
package import Postgres
package import Shoppers

/// What becomes of holds, limits and redemptions when their shopper is erased or merged. Redemptions stay: after an erasure
/// under a key that leads nowhere. A detached card leaves all of it where it is.
///
/// Locks, as everywhere here: accounts by id, then the held quotes and counters under them.
package enum CheckoutOfShopper {
    /// Offers are withdrawn, so what is kept for them is given back.
    @Sendable package static func erase(_ tx: borrowing Transaction, _ erasure: ShopperConsequences.Erasure) throws {
        let retailer = erasure.retailer
        let quotes = try tx.pendingQuotes(of: erasure.keys, at: retailer)
        if !quotes.isEmpty {
            var plan = PostingPlan()
            plan.add(try tx.holds(ofQuotes: quotes.map(\.value), at: retailer))
            var posting = try tx.openPosting(plan, of: retailer)
            for quote in quotes where try tx.resolve(quote, as: .released, at: posting.now, of: retailer) {
                posting.release(quote: quote.value)
            }
            try tx.settle(posting, at: posting.now)
        }
        try tx.execute(
            """
            UPDATE held_quote SET shopper_key = NULL
            WHERE retailer_id = \(retailer) AND shopper_key = ANY(\(erasure.keys))
            """)
    }

    /// What both took of a limit, and what is kept for both, is added up.
    @Sendable package static func merge(_ tx: borrowing Transaction, _ merge: ShopperConsequences.Merge) throws {
        var plan = PostingPlan()
        plan.accounts = Set(try tx.countedAccounts(of: merge.gone, at: merge.retailer))
        if !plan.accounts.isEmpty { _ = try tx.openPosting(plan, of: merge.retailer) }
        try tx.pipeline([
            """
            UPDATE held_quote SET shopper_key = \(merge.kept)
            WHERE retailer_id = \(merge.retailer) AND shopper_key = \(merge.gone)
            """,
            """
            UPDATE redemption SET shopper_key = \(merge.kept)
            WHERE retailer_id = \(merge.retailer) AND shopper_key = \(merge.gone)
            """,
        ])
        try tx.addUpLimits(of: merge)
    }
}

extension Transaction {
    /// Index: `held_quote_by_shopper`.
    fileprivate func pendingQuotes(of keys: [ShopperKey], at retailer: RetailerID) throws -> [QuoteID] {
        try query(
            """
            SELECT quote_id
            FROM held_quote
            WHERE retailer_id = \(retailer) AND shopper_key = ANY(\(keys)) AND state = 'pending'
            ORDER BY quote_id
            """, { row in try row.next() })
    }

    /// The accounts under which a shopper's counters and holds change. Indexes: `limit_counter_by_subject`,
    /// `held_quote_by_shopper`, `hold_by_quote`.
    fileprivate func countedAccounts(of key: ShopperKey, at retailer: RetailerID) throws -> [AccountID] {
        try query(
            """
            SELECT funding.account_id
            FROM limit_counter AS counter
            JOIN campaign_funding AS funding ON funding.retailer_id = \(retailer)
                AND funding.campaign_id = counter.campaign_id AND funding.account_id IS NOT NULL
            WHERE counter.retailer_id = \(retailer) AND counter.subject = \("\(key)") AND counter.subject <> ''
            UNION
            SELECT hold.account_id
            FROM held_quote AS quote
            JOIN hold ON hold.retailer_id = \(retailer) AND hold.quote_id = quote.quote_id
            WHERE quote.retailer_id = \(retailer) AND quote.shopper_key = \(key) AND quote.state = 'pending'
            """, { row in try row.next() })
    }

    /// Where the sum is above the limit, the row says by how much: nothing more is given, and what was given stays.
    fileprivate func addUpLimits(of merge: ShopperConsequences.Merge) throws {
        let (gone, kept) = ("\(merge.gone)", "\(merge.kept)")
        try pipeline([
            """
            INSERT INTO limit_counter (
                retailer_id, campaign_id, counter, subject, period, used, held, limit_units, over_units
            )
            SELECT retailer_id, campaign_id, counter, \(kept), period, used, held, limit_units, over_units
            FROM limit_counter
            WHERE retailer_id = \(merge.retailer) AND subject = \(gone) AND subject <> ''
            ORDER BY campaign_id, counter, period
            ON CONFLICT (retailer_id, campaign_id, counter, subject, period) DO UPDATE
            SET used = limit_counter.used + EXCLUDED.used, held = limit_counter.held + EXCLUDED.held,
                over_units = GREATEST(
                    limit_counter.over_units,
                    limit_counter.used + EXCLUDED.used + limit_counter.held + EXCLUDED.held - limit_counter.limit_units)
            """,
            """
            DELETE FROM limit_counter
            WHERE retailer_id = \(merge.retailer) AND subject = \(gone) AND subject <> ''
            """,
        ])
    }
}
