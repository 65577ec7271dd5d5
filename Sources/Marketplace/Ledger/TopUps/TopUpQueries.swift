import Kernel
package import Postgres
import Tenancy

extension Transaction {
    func insert(_ topUp: TopUp, of retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO top_up (
                retailer_id, top_up_id, wallet_id, supplier_id, state, requested_amount, payment_reference,
                requested_by_person, requested_by_key, requested_at, version
            )
            VALUES (
                \(retailer), \(topUp.id), \(topUp.wallet), \(topUp.supplier), \(topUp.state), \(topUp.requested.minor),
                \(topUp.paymentReference), \(topUp.requestedBy.person), \(topUp.requestedBy.key), \(topUp.requestedBy.at),
                \(topUp.version)
            )
            """)
    }

    /// A cancelled one lets go of its bank line, so that the right top-up can be received with it.
    func update(_ topUp: TopUp, of retailer: RetailerID) throws {
        do {
            try execute(
                """
                UPDATE top_up
                SET state = \(topUp.state), received_amount = \(topUp.line?.amount.minor), bank_id = \(topUp.line?.bankID),
                    payer = \(topUp.line?.payer), received_on = \(topUp.line?.receivedOn),
                    received_by_person = \(topUp.received?.person), received_by_key = \(topUp.received?.key),
                    received_at = \(topUp.received?.at), credited_by_person = \(topUp.credited?.person),
                    credited_by_key = \(topUp.credited?.key), credited_at = \(topUp.credited?.at),
                    transfer_id = \(topUp.transfer), cancel_reason = \(topUp.cancelReason), version = \(topUp.version)
                WHERE retailer_id = \(retailer) AND top_up_id = \(topUp.id)
                """)
        } catch let error as DatabaseError where error.violatedConstraint == "top_up_bank_line_once" {
            throw TopUp.Refusal.bankLineUsed
        }
    }

    /// The top-up, locked for its next step. Locked before any account.
    func lockTopUp(_ id: TopUpID, of wallet: WalletID, in books: Books) throws -> TopUp? {
        try first(
            """
            SELECT top_up_id, wallet_id, supplier_id, state, requested_amount, payment_reference, requested_by_person,
                requested_by_key, requested_at, received_amount, bank_id, payer, received_on, received_by_person,
                received_by_key, received_at, credited_by_person, credited_by_key, credited_at, transfer_id, cancel_reason,
                version
            FROM top_up
            WHERE retailer_id = \(books.retailer) AND top_up_id = \(id) AND wallet_id = \(wallet)
            FOR UPDATE
            """, { row in try TopUp(row: &row, in: books.asset) })
    }

    func topUps(
        in books: Books, only id: TopUpID? = nil, of wallet: WalletID? = nil, state: TopUpState? = nil, after: TopUpID? = nil,
        limit: Int
    ) throws -> [TopUp] {
        try query(
            """
            SELECT top_up_id, wallet_id, supplier_id, state, requested_amount, payment_reference, requested_by_person,
                requested_by_key, requested_at, received_amount, bank_id, payer, received_on, received_by_person,
                received_by_key, received_at, credited_by_person, credited_by_key, credited_at, transfer_id, cancel_reason,
                version
            FROM top_up
            WHERE retailer_id = \(books.retailer)
                AND (\(id)::uuid IS NULL OR top_up_id = \(id))
                AND (\(wallet)::uuid IS NULL OR wallet_id = \(wallet))
                AND (\(state)::text IS NULL OR state = \(state))
                AND (\(after)::uuid IS NULL OR top_up_id > \(after))
            ORDER BY top_up_id
            LIMIT \(limit)
            """, { row in try TopUp(row: &row, in: books.asset) })
    }

    func topUpNeedsSecondPerson(at retailer: RetailerID) throws -> Bool {
        try one("SELECT top_up_needs_second_person FROM policy WHERE retailer_id = \(retailer)") { row in try row.next() }
    }
}

extension TopUp {
    fileprivate init(row: inout Row, in asset: Asset) throws {
        id = try row.next()
        wallet = try row.next()
        supplier = try row.next()
        let state = try row.next(TopUpState.self)
        requested = Money(minor: try row.next(), asset: asset)
        paymentReference = try row.next()
        requestedBy = Signature(person: try row.nextOptional(), key: try row.next(), at: try row.next())
        let line = try BankLine(row: &row, in: asset)
        let received = try Signature(ifPresent: &row)
        let credited = try Signature(ifPresent: &row)
        let (transfer, reason) = (try row.nextOptional(TransferID.self), try row.nextOptional(String.self))
        switch (state, line, received, credited, transfer) {
        case (.requested, _, _, _, _): progress = .requested
        case (.received, let line?, let received?, _, _): progress = .received(line, by: received)
        case (.credited, let line?, let received?, let credited?, let transfer?):
            progress = .credited(line, received: received, credited: credited, transfer: transfer)
        case (.cancelled, _, _, _, _): progress = .cancelled(reason: reason ?? "")
        default: throw DatabaseError.decoding("a top-up whose state and columns disagree")
        }
        version = try row.next()
    }
}

extension BankLine {
    fileprivate init?(row: inout Row, in asset: Asset) throws {
        let (amount, bankID) = (try row.nextOptional(Int64.self), try row.nextOptional(String.self))
        let (payer, day) = (try row.nextOptional(String.self), try row.nextOptional(BusinessDay.self))
        guard let amount, let bankID, let payer, let day else { return nil }
        self.init(bankID: bankID, payer: payer, amount: Money(minor: amount, asset: asset), receivedOn: day)
    }
}

extension Signature {
    package init?(ifPresent row: inout Row) throws {
        let (person, key) = (try row.nextOptional(PersonID.self), try row.nextOptional(KeyID.self))
        guard let at = try row.nextOptional(Instant.self), let key else { return nil }
        self.init(person: person, key: key, at: at)
    }
}
