import Kernel
import Ledger
import Postgres

/// Checks of what sealed statements say, against the entries and redemptions that stand in them.
extension LedgerCheck {
    static let statementSpansEqualEntries = LedgerCheck(
        "statement_spans_equal_entries",
        "What a statement says of an account is the sum of its entries, and closing is opening plus credits minus debits.",
        .rows(.wholeStatements) { retailer, range in
            """
            SELECT format('%s/%s', span.statement_id, span.account_id),
                format('%s + %s - %s = %s; %s of %s entries, credits %s, debits %s, after the last %s', span.opening_amount,
                    span.credit_amount, span.debit_amount, span.closing_amount, moved.entries,
                    span.through_seq - span.from_seq + 1, moved.credits, moved.debits, moved.last)
            FROM statement_account AS span
            CROSS JOIN LATERAL (
                SELECT count(entry.seq) AS entries,
                    COALESCE(sum(entry.amount) FILTER (WHERE entry.amount > 0), 0) AS credits,
                    COALESCE(-sum(entry.amount) FILTER (WHERE entry.amount < 0), 0) AS debits,
                    max(entry.balance_after) FILTER (WHERE entry.seq = span.through_seq) AS last
                FROM entry
                WHERE entry.retailer_id = \(retailer) AND entry.account_id = span.account_id
                    AND entry.seq BETWEEN span.from_seq AND span.through_seq
            ) AS moved
            WHERE span.retailer_id = \(retailer) AND \(fragment: range.holds("span.statement_id"))
                AND (moved.entries <> span.through_seq - span.from_seq + 1 OR moved.credits <> span.credit_amount
                    OR moved.debits <> span.debit_amount OR moved.last IS DISTINCT FROM span.closing_amount
                    OR span.closing_amount <> span.opening_amount + span.credit_amount - span.debit_amount)
            """
        })

    static let statementsEqualEntries = LedgerCheck(
        "statements_equal_entries",
        "The figures of a statement are the sums of its entries, and closing is opening plus credits minus debits.",
        .rows(.wholeStatements) { retailer, range in
            """
            SELECT sealed.statement_id::text,
                format('%s: entries change %s; closing %s after %s', wrong.figures, moved.change, sealed.closing_amount,
                    sealed.opening_amount)
            FROM statement AS sealed
            CROSS JOIN LATERAL (\(fragment: movedByKind(of: retailer))) AS moved
            CROSS JOIN LATERAL (
                SELECT string_agg(figure.name, ', ' ORDER BY figure.name) AS figures
                FROM (VALUES ('top_ups', sealed.top_up_amount, moved.top_ups),
                    ('allocations', sealed.allocation_amount, moved.allocations),
                    ('refunds', sealed.refund_amount, -moved.refunds), ('launches', sealed.launch_amount, moved.launches),
                    ('launches within', 0, moved.launched), ('releases', sealed.release_amount, moved.releases),
                    ('releases within', 0, moved.released), ('redemptions', sealed.redemption_amount, -moved.redemptions),
                    ('fee', sealed.fee_amount, -moved.fee), ('returns', sealed.return_amount, moved.returns),
                    ('fee_returns', sealed.fee_return_amount, moved.fee_returns),
                    ('borne', sealed.borne_amount, -moved.borne),
                    ('borne_returns', sealed.borne_return_amount, moved.borne_returns),
                    ('disputes', sealed.disputed_amount, moved.disputed),
                    ('closing', sealed.closing_amount, sealed.opening_amount + moved.change)
                ) AS figure (name, said, found)
                WHERE figure.said <> figure.found
            ) AS wrong
            WHERE sealed.retailer_id = \(retailer) AND \(fragment: range.holds("sealed.statement_id"))
                AND wrong.figures IS NOT NULL
            """
        })

    private static func movedByKind(of retailer: RetailerID) -> SQL {
        """
        SELECT COALESCE(sum(side.amount), 0) AS change,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'top_up'), 0) AS top_ups,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'allocation'), 0) AS allocations,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'refund'), 0) AS refunds,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'launch' AND side.amount > 0), 0) AS launches,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'launch'), 0) AS launched,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind IN ('release', 'close') AND side.amount > 0), 0) AS releases,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind IN ('release', 'close')), 0) AS released,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'redemption'), 0) AS redemptions,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'fee'), 0) AS fee,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'return'), 0) AS returns,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'fee_return'), 0) AS fee_returns,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'unfunded'), 0) AS borne,
            COALESCE(sum(side.amount) FILTER (WHERE side.kind = 'unfunded_return'), 0) AS borne_returns,
            COALESCE(sum(side.amount) FILTER (WHERE side.cause_kind = 'dispute'), 0) AS disputed
        FROM (
            SELECT transfer.kind, transfer.cause_kind, entry.amount
            FROM statement_account AS span
            JOIN entry ON entry.retailer_id = \(retailer) AND entry.account_id = span.account_id
                AND entry.seq BETWEEN span.from_seq AND span.through_seq
            JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = entry.transfer_id
            WHERE span.retailer_id = \(retailer) AND span.statement_id = sealed.statement_id
        ) AS side
        """
    }

    static let statementsEqualUnfunded = LedgerCheck(
        "statements_equal_unfunded",
        "What a statement lists as unfunded is what tills gave and no budget paid, and what of it its wallet bore.",
        .rows(.wholeStatements) { retailer, range in
            """
            SELECT sealed.statement_id::text,
                format('unfunded %s, borne %s; listed %s and %s, %s of them not as redeemed', sealed.unfunded_amount,
                    sealed.borne_amount, found.unfunded, found.borne, found.wrong)
            FROM statement AS sealed
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(listed.unfunded_amount), 0) AS unfunded, COALESCE(sum(listed.borne_amount), 0) AS borne,
                    count(listed.redemption_id) FILTER (
                        WHERE claim.redemption_id IS NULL OR listed.borne_amount <> claim.borne_amount
                            OR listed.unfunded_amount <> claim.claimed_amount - claim.funded_amount
                            OR listed.campaign_id <> claim.campaign_id) AS wrong
                FROM statement_unfunded AS listed
                LEFT JOIN redemption AS claim ON claim.retailer_id = \(retailer)
                    AND claim.redemption_id = listed.redemption_id AND claim.business_day = listed.business_day
                WHERE listed.retailer_id = \(retailer) AND listed.statement_id = sealed.statement_id
            ) AS found
            WHERE sealed.retailer_id = \(retailer) AND \(fragment: range.holds("sealed.statement_id"))
                AND (found.unfunded <> sealed.unfunded_amount OR found.borne <> sealed.borne_amount OR found.wrong > 0)
            """
        })
}
