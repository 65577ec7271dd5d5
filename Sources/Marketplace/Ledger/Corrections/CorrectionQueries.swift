import Kernel
import Postgres
import Tenancy

extension Transaction {
    /// A transfer, and the wallet at one of its ends.
    func correctable(_ id: TransferID, of retailer: RetailerID) throws -> (transfer: NewTransfer, wallet: Wallet?)? {
        guard let transfer = try clockAndPosted([id], of: retailer).posted.first?.transfer else { return nil }
        let wallet = try first(
            """
            SELECT wallet.wallet_id, wallet.account_id, wallet.name, wallet.supplier_id, wallet.agreement_id, account.asset,
                wallet.created_at
            FROM wallet JOIN account USING (retailer_id, account_id)
            WHERE wallet.retailer_id = \(retailer) AND wallet.account_id IN (\(transfer.debit), \(transfer.credit))
            """, { row in try Wallet(row: &row) })
        return (transfer, wallet)
    }

    /// False where another correction of the transfer waits or was posted. Index: `correction_once`.
    func insert(_ correction: Correction, of retailer: RetailerID) throws -> Bool {
        try execute(
            """
            INSERT INTO correction (
                retailer_id, correction_id, wallet_id, supplier_id, corrected_id, state, amount, reason, requested_by_person,
                requested_by_key, requested_at
            )
            VALUES (
                \(retailer), \(correction.id), \(correction.wallet), \(correction.supplier), \(correction.corrected),
                \(correction.state), \(correction.amount.minor), \(correction.reason), \(correction.requestedBy.person),
                \(correction.requestedBy.key), \(correction.requestedBy.at)
            )
            ON CONFLICT DO NOTHING
            """) == 1
    }

    func update(_ correction: Correction, of retailer: RetailerID) throws {
        try execute(
            """
            UPDATE correction
            SET state = \(correction.state), decided_by_person = \(correction.decided?.person),
                decided_by_key = \(correction.decided?.key), decided_at = \(correction.decided?.at),
                rejection = \(correction.rejection), transfer_id = \(correction.transfer)
            WHERE retailer_id = \(retailer) AND correction_id = \(correction.id)
            """)
    }

    /// A top-up that was undone as a whole lets go of its bank line, so that the right one can be received with it.
    func freeBankLine(of transfer: TransferID, at retailer: RetailerID) throws {
        try execute(
            "UPDATE top_up SET is_undone = true WHERE retailer_id = \(retailer) AND transfer_id = \(transfer)")
    }

    func lockCorrection(_ id: CorrectionID, in books: Books) throws -> Correction? {
        try execute(
            "SELECT FROM correction WHERE retailer_id = \(books.retailer) AND correction_id = \(id) FOR UPDATE")
        return try corrections(in: books, only: id, limit: 2).first
    }

    func corrections(
        in books: Books, only id: CorrectionID? = nil, state: CorrectionState? = nil, after: CorrectionID? = nil, limit: Int
    ) throws -> [Correction] {
        try query(
            """
            SELECT correction_id, wallet_id, supplier_id, corrected_id, amount, reason, requested_by_person,
                requested_by_key, requested_at, state, decided_by_person, decided_by_key, decided_at, rejection, transfer_id
            FROM correction
            WHERE retailer_id = \(books.retailer)
                AND (\(id)::uuid IS NULL OR correction_id = \(id))
                AND (\(state)::text IS NULL OR state = \(state))
                AND (\(after)::uuid IS NULL OR correction_id > \(after))
            ORDER BY correction_id
            LIMIT \(limit)
            """, { row in try Correction(row: &row, in: books.asset) })
    }
}

extension Correction {
    fileprivate init(row: inout Row, in asset: Asset) throws {
        id = try row.next()
        wallet = try row.next()
        supplier = try row.nextOptional()
        corrected = try row.next()
        amount = Money(minor: try row.next(), asset: asset)
        reason = try row.next()
        requestedBy = Signature(person: try row.nextOptional(), key: try row.next(), at: try row.next())
        let state = try row.next(CorrectionState.self)
        let decided = try Signature(ifPresent: &row)
        let (rejection, transfer) = (try row.nextOptional(String.self), try row.nextOptional(TransferID.self))
        switch (state, decided, rejection, transfer) {
        case (.requested, _, _, _): progress = .requested
        case (.posted, let decided?, _, let transfer?): progress = .posted(by: decided, transfer: transfer)
        case (.rejected, let decided?, let rejection?, _): progress = .rejected(by: decided, reason: rejection)
        default: throw DatabaseError.decoding("a correction whose state and columns disagree")
        }
    }
}
