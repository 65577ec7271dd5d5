import Kernel
import Ledger
import Postgres

/// How far a sealed statement is on its way to being paid (DOMAIN 6). It follows from what stands about it.
enum SettlementState: String, CaseIterable, SQLWord {
    /// The supplier has said nothing.
    case awaiting
    /// A dispute waits for an answer, or for the second person who settles it.
    case disputed
    /// Every dispute has its answer; the supplier has not acknowledged the rest.
    case answered
    /// The supplier agrees; of the retailer's own wallet nobody else has to.
    case acknowledged
    case inPayment = "in_payment"
    case paid

    /// What may be put into a payment.
    var isPayable: Bool { self == .answered || self == .acknowledged }

    var mayBeDisputed: Bool { self == .awaiting || self == .disputed || self == .answered }
}

struct StatementSettlement: Sendable, Hashable {
    let state: SettlementState
    var acknowledgedAt: Instant?
    /// The payment that settles it, ordered or done.
    var payment: PaymentID?
}

extension StatementSettlement {
    init?(row: inout Row) throws {
        let state = try row.nextOptional(SettlementState.self)
        let (at, payment) = (try row.nextOptional(Instant.self), try row.nextOptional(PaymentID.self))
        guard let state else { return nil }
        self.init(state: state, acknowledgedAt: at, payment: payment)
    }
}

extension SettlementState {
    /// Of a row of `statement` with `joins`.
    static let ofStatement: SQL = """
        CASE WHEN paid.state = 'paid' THEN 'paid'
            WHEN paid.state = 'ordered' THEN 'in_payment'
            WHEN disputes.waiting THEN 'disputed'
            WHEN acknowledgement.acknowledged_at IS NOT NULL OR statement.supplier_id IS NULL THEN 'acknowledged'
            WHEN disputes.answered THEN 'answered'
            ELSE 'awaiting'
        END
        """

    /// What stands about a row of `statement`. Index: the key of `acknowledgement`, `dispute_by_statement`,
    /// `payment_statement_once`.
    static func joins(of retailer: RetailerID) -> SQL {
        """
        LEFT JOIN acknowledgement ON acknowledgement.retailer_id = \(retailer)
            AND acknowledgement.statement_id = statement.statement_id
        LEFT JOIN LATERAL (
            SELECT bool_or(dispute.state IN ('open', 'upheld')) AS waiting,
                bool_or(dispute.state IN ('settled', 'rejected')) AS answered
            FROM dispute
            WHERE dispute.retailer_id = \(retailer) AND dispute.statement_id = statement.statement_id
        ) AS disputes ON true
        LEFT JOIN LATERAL (
            SELECT payment.payment_id, payment.state
            FROM payment_statement
            JOIN payment ON payment.retailer_id = \(retailer) AND payment.payment_id = payment_statement.payment_id
            WHERE payment_statement.retailer_id = \(retailer) AND payment_statement.statement_id = statement.statement_id
                AND NOT payment_statement.is_released
        ) AS paid ON true
        """
    }
}
