package import Kernel
package import Postgres

/// What is numbered densely within its retailer, from 1 on, so that receipts stay small and bitmaps short.
package enum OrdinalKind: String, SQLWord {
    case store, product, shopper
}

extension Transaction {
    /// Locks the place that the numbers of a kind come from, until the transaction ends. Whoever makes numbers holds it,
    /// so racing batches with the same new ids number each id once. Look for what is missing in a later statement: one
    /// that also locks would look at a snapshot from before the wait (LEDGER_AND_WEBHOOKS rule 6).
    ///
    /// Lock order: store, product, shopper.
    package func lockOrdinals(_ kind: OrdinalKind, of retailer: RetailerID) throws {
        if try lockCounter(kind, of: retailer) { return }
        try execute(
            """
            INSERT INTO ordinal_counter (retailer_id, kind)
            VALUES (\(retailer), \(kind))
            ON CONFLICT (retailer_id, kind) DO NOTHING
            """)
        guard try lockCounter(kind, of: retailer) else { throw DatabaseError.rowCount(expected: 1, found: 0) }
    }

    private func lockCounter(_ kind: OrdinalKind, of retailer: RetailerID) throws -> Bool {
        try first(
            "SELECT true FROM ordinal_counter WHERE retailer_id = \(retailer) AND kind = \(kind) FOR UPDATE",
            { row in try row.next(Bool.self) }) ?? false
    }
}
