import Kernel
import Ledger
import Postgres

extension CheckedRows {
    static let payments = CheckedRows { retailer, after, limit in
        """
        SELECT payment_id AS key FROM payment
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR payment_id > \(after))
        ORDER BY payment_id LIMIT \(limit)
        """
    }
}

/// Checks of what is paid of statements.
extension LedgerCheck {
    static let paymentsEqualStatements = LedgerCheck(
        "payments_equal_statements",
        "A payment is the sum of what its statements say is owed; each of them is in one payment, and its owner agreed.",
        .rows(.payments) { retailer, range in
            """
            SELECT payment.payment_id::text,
                format('%s of %s; statements %s, said to be %s, %s of them of another wallet or not agreed on', payment.state,
                    payment.amount, settled.owed, settled.said, settled.strange)
            FROM payment
            CROSS JOIN LATERAL (
                SELECT sum(part.owed_amount) AS said, sum(statement.redemption_amount + statement.borne_amount
                        - statement.return_amount - statement.borne_return_amount - statement.disputed_amount) AS owed,
                    count(*) FILTER (WHERE statement.wallet_id <> payment.wallet_id
                        OR part.is_released <> (payment.state = 'cancelled')
                        OR statement.supplier_id IS NOT NULL AND NOT EXISTS (
                            SELECT FROM acknowledgement
                            WHERE acknowledgement.retailer_id = \(retailer)
                                AND acknowledgement.statement_id = statement.statement_id
                        ) AND NOT EXISTS (
                            SELECT FROM dispute
                            WHERE dispute.retailer_id = \(retailer) AND dispute.statement_id = statement.statement_id
                                AND dispute.state IN ('settled', 'rejected')
                        )) AS strange
                FROM payment_statement AS part
                LEFT JOIN statement ON statement.retailer_id = \(retailer) AND statement.statement_id = part.statement_id
                WHERE part.retailer_id = \(retailer) AND part.payment_id = payment.payment_id
            ) AS settled
            WHERE payment.retailer_id = \(retailer) AND \(fragment: range.holds("payment.payment_id"))
                AND (settled.owed IS DISTINCT FROM payment.amount OR settled.said IS DISTINCT FROM payment.amount
                    OR settled.strange > 0)
            """
        })

    static let paymentsEqualTransfers = LedgerCheck(
        "payments_equal_transfers",
        "A payment moved its amount from the owner's payable into clearing, and at its end out of it: paid, to the bank or the budget; cancelled, back.",
        .rows(.payments) { retailer, range in
            """
            SELECT payment.payment_id::text,
                format('%s of %s; settled %s, ended %s', payment.state, payment.amount,
                    COALESCE(settled.amount::text, 'nothing'), COALESCE(ended.amount::text, 'nothing'))
            FROM payment
            \(fragment: moved("settled", by: "payment.settlement_transfer_id", at: retailer))
            \(fragment: moved("ended", by: "payment.end_transfer_id", at: retailer))
            WHERE payment.retailer_id = \(retailer) AND \(fragment: range.holds("payment.payment_id"))
                AND (settled.amount IS DISTINCT FROM payment.amount OR settled.kind <> 'settlement'
                    OR settled.source <> 'payable' OR settled.target <> 'clearing'
                    OR settled.supplier_id IS DISTINCT FROM payment.supplier_id
                    OR payment.state <> 'ordered' AND (ended.amount IS DISTINCT FROM payment.amount
                        OR ended.source <> 'clearing'
                        OR payment.state = 'cancelled' AND ended.reverses_id IS DISTINCT FROM payment.settlement_transfer_id
                        OR payment.state = 'paid' AND (ended.kind <> 'payment' OR ended.target
                            <> CASE WHEN payment.supplier_id IS NULL THEN 'allocation' ELSE 'external' END)))
            """
        })

    private static func moved(_ name: SQL, by column: SQL, at retailer: RetailerID) -> SQL {
        """
        LEFT JOIN LATERAL (
            SELECT transfer.amount, transfer.kind, transfer.reverses_id, transfer.supplier_id, source.kind AS source,
                target.kind AS target
            FROM transfer
            JOIN account AS source ON source.retailer_id = \(retailer) AND source.account_id = transfer.debit_account_id
            JOIN account AS target ON target.retailer_id = \(retailer) AND target.account_id = transfer.credit_account_id
            WHERE transfer.retailer_id = \(retailer) AND transfer.transfer_id = \(fragment: column)
        ) AS \(fragment: name) ON true
        """
    }

    static let paymentTransfersHaveTheirPaper = LedgerCheck(
        "payment_transfers_have_their_paper", "What moved into clearing or out of it belongs to a payment.",
        .rows(.settlementTransfers) { retailer, range in
            """
            SELECT transfer.transfer_id::text, format('%s of %s without its payment', transfer.kind, transfer.amount)
            FROM transfer
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                AND transfer.kind IN ('settlement', 'payment')
                AND NOT EXISTS (
                    SELECT FROM payment
                    WHERE payment.retailer_id = \(retailer)
                        AND transfer.transfer_id IN (payment.settlement_transfer_id, payment.end_transfer_id)
                )
            """
        })
}

/// Checks of clearing: it returns to zero.
extension LedgerCheck {
    /// Days after which money in clearing is a finding.
    static let clearingDaysMax = 7

    static let clearingEqualsOrdered = LedgerCheck(
        "clearing_equals_ordered", "What is in clearing is what was ordered and neither paid nor cancelled.",
        .whole(
            count: { "SELECT count(*) FROM account WHERE retailer_id = \($0) AND kind = 'clearing'" }
        ) { retailer in
            """
            SELECT account.account_id::text,
                format('%s in clearing, %s ordered', account.credits_posted - account.debits_posted, ordered.amount)
            FROM account
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(amount), 0) AS amount
                FROM payment
                WHERE payment.retailer_id = \(retailer) AND payment.state = 'ordered'
            ) AS ordered
            WHERE account.retailer_id = \(retailer) AND account.kind = 'clearing'
                AND account.credits_posted - account.debits_posted <> ordered.amount
            """
        })

    static let clearingReturnsToZero = LedgerCheck(
        "clearing_returns_to_zero", "What was ordered is paid or cancelled within a week.",
        .rows(.payments) { retailer, range in
            """
            SELECT payment.payment_id::text,
                format('%s in clearing for %s days', amount, date_part('day', clock_timestamp() - ordered_at))
            FROM payment
            WHERE retailer_id = \(retailer) AND \(fragment: range.holds("payment.payment_id")) AND state = 'ordered'
                AND clock_timestamp() - ordered_at > \(clearingDaysMax) * interval '1 day'
            """
        })
}
