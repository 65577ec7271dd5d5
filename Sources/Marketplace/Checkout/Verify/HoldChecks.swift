import Kernel
import Ledger
import Postgres

extension CheckedRows {
    static let heldQuotes = CheckedRows { retailer, after, limit in
        """
        SELECT quote_id AS key FROM held_quote
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR quote_id > \(after))
        ORDER BY quote_id LIMIT \(limit)
        """
    }

    static let holds = CheckedRows { retailer, after, limit in
        """
        SELECT hold_id AS key FROM hold
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR hold_id > \(after))
        ORDER BY hold_id LIMIT \(limit)
        """
    }
}

/// Checks of held quotes against the money that is kept for them.
extension LedgerCheck {
    static let quotesEqualHolds = LedgerCheck(
        "quotes_equal_holds", "A held quote keeps the money of its discounts and fees, as long as it is pending and no longer.",
        .rows(.heldQuotes) { retailer, range in
            """
            SELECT quote.quote_id::text,
                format('%s with %s; holds of %s, %s pending, %s posted', quote.state, kept.amount, held.amount, held.pending,
                    held.posted)
            FROM held_quote AS quote
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(discount_amount + fee_amount), 0) AS amount
                FROM held_discount
                WHERE held_discount.retailer_id = \(retailer) AND held_discount.quote_id = quote.quote_id
            ) AS kept
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(amount), 0) AS amount,
                    COALESCE(sum(amount) FILTER (WHERE state = 'pending'), 0) AS pending,
                    COALESCE(sum(amount) FILTER (WHERE state = 'posted'), 0) AS posted
                FROM hold
                WHERE hold.retailer_id = \(retailer) AND hold.quote_id = quote.quote_id
            ) AS held
            WHERE quote.retailer_id = \(retailer) AND \(fragment: range.holds("quote.quote_id"))
                AND (held.amount <> kept.amount OR quote.state <> 'posted' AND held.posted > 0
                    OR held.pending <> CASE quote.state WHEN 'pending' THEN kept.amount ELSE 0 END)
            """
        })

    static let holdsHaveQuotes = LedgerCheck(
        "holds_have_quotes", "Money is held for a quote that is on file.",
        .rows(.holds) { retailer, range in
            """
            SELECT hold.hold_id::text, format('%s of %s for quote %s', hold.state, hold.amount, hold.quote_id)
            FROM hold
            WHERE hold.retailer_id = \(retailer) AND \(fragment: range.holds("hold.hold_id"))
                AND NOT EXISTS (
                    SELECT FROM held_quote
                    WHERE held_quote.retailer_id = \(retailer) AND held_quote.quote_id = hold.quote_id
                )
            """
        })
}
