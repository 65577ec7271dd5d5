import Kernel
import Ledger
import Postgres
import Tenancy

extension Transaction {
    /// A sealed statement as it stands; an open one reckoned from what was posted so far.
    func statement(_ head: StatementHead, at retailer: RetailerID) throws -> Statement {
        guard head.seal == nil else {
            return Statement(head: head, figures: try sealedFigures(of: head, at: retailer))
        }
        let sums = try kindSums(over: try spans(of: head, at: retailer), at: retailer)
        let unfunded = try unfundedMinor(of: head, at: retailer)
        return Statement(head: head, figures: StatementFigures(opening: head.openingMinor, sums, unfunded: unfunded))
    }

    private func sealedFigures(of head: StatementHead, at retailer: RetailerID) throws -> StatementFigures {
        try one(
            """
            SELECT opening_amount, top_up_amount, allocation_amount, refund_amount, launch_amount, release_amount,
                redemption_amount, fee_amount, return_amount, fee_return_amount, borne_amount, borne_return_amount,
                correction_amount, unfunded_amount, disputed_amount
            FROM statement
            WHERE retailer_id = \(retailer) AND statement_id = \(head.id)
            """
        ) { row in
            StatementFigures(
                opening: try row.next(), topUps: try row.next(), allocations: try row.next(), refunds: try row.next(),
                launches: try row.next(), releases: try row.next(), redemptions: try row.next(), fee: try row.next(),
                returns: try row.next(), feeReturns: try row.next(), borne: try row.next(), borneReturns: try row.next(),
                corrections: try row.next(), unfunded: try row.next(), disputed: try row.next())
        }
    }

    /// Who seals a wallet's statement waits for whoever does so already, and then finds it sealed.
    func lockStatements(of wallet: WalletID, at retailer: RetailerID) throws {
        let name = "statement \(retailer) \(wallet)"
        try execute("SELECT pg_advisory_xact_lock(hashtextextended(\(name), 0))")
    }

    /// Writes which entries and which unfunded discounts stand in the statement: of one moment, so in one SQL statement. No
    /// account is locked; what is posted meanwhile stands in the next statement.
    func enclose(_ head: StatementHead, at retailer: RetailerID) throws {
        try execute(
            """
            WITH booked AS (
                INSERT INTO statement_account (
                    retailer_id, account_id, from_seq, through_seq, statement_id, supplier_id, opening_amount, credit_amount,
                    debit_amount, closing_amount
                )
                SELECT \(retailer), span.account_id, span.from_seq, span.through_seq, \(head.id), span.supplier_id,
                    span.opening_amount, moved.credits, moved.debits, span.opening_amount + moved.credits - moved.debits
                FROM (\(fragment: openSpans(of: head, at: retailer))) AS span
                CROSS JOIN LATERAL (
                    SELECT COALESCE(sum(entry.amount) FILTER (WHERE entry.amount > 0), 0)::bigint AS credits,
                        COALESCE(-sum(entry.amount) FILTER (WHERE entry.amount < 0), 0)::bigint AS debits
                    FROM entry
                    WHERE entry.retailer_id = \(retailer) AND entry.account_id = span.account_id
                        AND entry.seq BETWEEN span.from_seq AND span.through_seq
                ) AS moved
            )
            INSERT INTO statement_unfunded (
                retailer_id, redemption_id, statement_id, supplier_id, campaign_id, business_day, unfunded_amount, borne_amount
            )
            SELECT \(retailer), open.redemption_id, \(head.id), \(head.supplier), open.campaign_id, open.business_day,
                open.unfunded_amount, open.borne_amount
            FROM (\(fragment: openUnfunded(of: head, at: retailer))) AS open
            """)
    }

    func insert(
        _ statement: Statement, _ seal: StatementHead.Seal, of retailer: RetailerID, by person: PersonID, _ key: KeyID
    ) throws {
        let (head, figures) = (statement.head, statement.figures)
        try execute(
            """
            INSERT INTO statement (
                retailer_id, statement_id, wallet_id, supplier_id, number, next_statement_id, opened_at, sealed_at,
                sealed_by_person, sealed_by_key, opening_amount, top_up_amount, allocation_amount, refund_amount,
                launch_amount, release_amount, redemption_amount, fee_amount, return_amount, fee_return_amount, borne_amount,
                borne_return_amount, correction_amount, closing_amount, unfunded_amount, disputed_amount
            )
            VALUES (
                \(retailer), \(head.id), \(head.wallet), \(head.supplier), \(head.number), \(seal.next), \(head.openedAt),
                \(seal.at), \(person), \(key), \(figures.opening), \(figures.topUps), \(figures.allocations),
                \(figures.refunds), \(figures.launches), \(figures.releases), \(figures.redemptions), \(figures.fee),
                \(figures.returns), \(figures.feeReturns), \(figures.borne), \(figures.borneReturns), \(figures.corrections),
                \(figures.closing), \(figures.unfunded), \(figures.disputed)
            )
            """)
    }
}
