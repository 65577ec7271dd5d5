import Kernel
package import Ledger
import Postgres

extension LedgerCheck {
    /// Every rule of statements.
    package static let settlement: [LedgerCheck] = [
        statementsFollow, statementSpansFollow, statementSpansEqualEntries, statementsEqualEntries, statementsEqualUnfunded,
        disputesEqualTransfers, disputeTransfersHaveTheirPaper, paymentsEqualStatements, paymentsEqualTransfers,
        paymentTransfersHaveTheirPaper, clearingEqualsOrdered, clearingReturnsToZero,
    ]
}

extension CheckedRows {
    static let statements = CheckedRows { statementKeys(of: $0, after: $1, limit: $2) }

    /// One at a time: all that was posted in it is summed in one statement.
    static let wholeStatements = CheckedRows(slice: 1) { statementKeys(of: $0, after: $1, limit: $2) }

    private static func statementKeys(of retailer: RetailerID, after: Identifier?, limit: Int) -> SQL {
        """
        SELECT statement_id AS key FROM statement
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR statement_id > \(after))
        ORDER BY statement_id LIMIT \(limit)
        """
    }
}

/// Checks of what follows what.
extension LedgerCheck {
    static let statementsFollow = LedgerCheck(
        "statements_follow",
        "Statements of a wallet are numbered from 1, each opens when and with what the one before closed.",
        .rows(.statements) { retailer, range in
            """
            SELECT sealed.statement_id::text,
                format('number %s opens with %s; before it %s, closed with %s', sealed.number, sealed.opening_amount,
                    COALESCE(before.number::text, 'none'), COALESCE(before.closing_amount, 0))
            FROM statement AS sealed
            JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = sealed.wallet_id
            LEFT JOIN statement AS before ON before.retailer_id = \(retailer) AND before.wallet_id = sealed.wallet_id
                AND before.number = sealed.number - 1
            WHERE sealed.retailer_id = \(retailer) AND \(fragment: range.holds("sealed.statement_id"))
                AND ((before.number IS NULL) <> (sealed.number = 1)
                    OR sealed.opening_amount <> COALESCE(before.closing_amount, 0)
                    OR sealed.statement_id <> COALESCE(before.next_statement_id, wallet.wallet_id)
                    OR sealed.opened_at <> COALESCE(before.sealed_at, wallet.created_at)
                    OR sealed.supplier_id IS DISTINCT FROM wallet.supplier_id)
            """
        })

    static let statementSpansFollow = LedgerCheck(
        "statement_spans_follow",
        "In statements the entries of an account follow each other without a gap, from what was there before.",
        .rows(.statements) { retailer, range in
            """
            SELECT format('%s/%s', span.statement_id, span.account_id),
                format('from %s with %s; before it through %s with %s', span.from_seq, span.opening_amount,
                    COALESCE(before.through_seq, 0), COALESCE(before.closing_amount, 0))
            FROM statement_account AS span
            JOIN statement AS sealed ON sealed.retailer_id = \(retailer) AND sealed.statement_id = span.statement_id
            JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = sealed.wallet_id
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = span.account_id
            LEFT JOIN LATERAL (
                SELECT other.through_seq, other.closing_amount, earlier.number
                FROM statement_account AS other
                JOIN statement AS earlier ON earlier.retailer_id = \(retailer)
                    AND earlier.statement_id = other.statement_id
                WHERE other.retailer_id = \(retailer) AND other.account_id = span.account_id
                    AND other.from_seq < span.from_seq
                ORDER BY other.from_seq DESC
                LIMIT 1
            ) AS before ON true
            WHERE span.retailer_id = \(retailer) AND \(fragment: range.holds("span.statement_id"))
                AND (span.from_seq <> COALESCE(before.through_seq, 0) + 1
                    OR span.opening_amount <> COALESCE(before.closing_amount, 0)
                    OR before.number >= sealed.number
                    OR wallet.account_id <> COALESCE(account.wallet_account_id, account.account_id))
            """
        })
}
