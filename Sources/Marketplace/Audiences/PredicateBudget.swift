import Crypto
import Kernel
import Postgres

/// How many distinct predicates a supplier, the organisation, may count at one retailer on one day (DOMAIN 10). The same
/// predicate again, in whatever order or form, is free.
package enum PredicateBudget {
    package static let predicatesMax: Int64 = 300

    enum Refusal: Kernel.Refusal {
        case spent

        var problem: Problem {
            Problem(
                429, "predicate_budget_spent",
                "A supplier counts at most \(PredicateBudget.predicatesMax) distinct predicates a day.",
                retryAfterSeconds: 3600)
        }
    }

    /// Takes each that was not counted today from the day's budget, or throws where it does not hold them all.
    static func charge(
        _ predicates: [Predicate], to supplier: SupplierID, at retailer: RetailerID, on day: BusinessDay,
        in tx: borrowing Transaction
    ) throws {
        let hashes = predicates.map { Bytes(Array(SHA256.hash(data: $0.canonicalBytes))) }
        try tx.lockBudget(of: supplier, at: retailer)
        guard try tx.use(hashes, supplier, retailer, day) else { return }
        guard try tx.uses(of: supplier, at: retailer, on: day) <= predicatesMax else { throw Refusal.spent }
    }

    /// How many of the day's are used.
    static func used(
        by supplier: SupplierID, at retailer: RetailerID, on day: BusinessDay, in tx: borrowing Transaction
    ) throws -> Int64 { try tx.uses(of: supplier, at: retailer, on: day) }
}

extension Transaction {
    /// One request at a time, so that two do not both take the last.
    fileprivate func lockBudget(of supplier: SupplierID, at retailer: RetailerID) throws {
        let name = "predicate budget \(supplier) \(retailer)"
        try execute("SELECT pg_advisory_xact_lock(hashtextextended(\(name), 0))")
    }

    /// False where all were counted today.
    fileprivate func use(
        _ hashes: [Bytes], _ supplier: SupplierID, _ retailer: RetailerID, _ day: BusinessDay
    ) throws -> Bool {
        try execute(
            """
            INSERT INTO predicate_use (retailer_id, supplier_id, used_on, predicate_hash)
            SELECT DISTINCT \(retailer), \(supplier), \(day), asked.hash FROM unnest(\(hashes)) AS asked (hash)
            ON CONFLICT (retailer_id, supplier_id, used_on, predicate_hash) DO NOTHING
            """) > 0
    }

    fileprivate func uses(of supplier: SupplierID, at retailer: RetailerID, on day: BusinessDay) throws -> Int64 {
        try one(
            """
            SELECT count(*)
            FROM predicate_use
            WHERE retailer_id = \(retailer) AND supplier_id = \(supplier) AND used_on = \(day)
            """
        ) { row in try row.next() }
    }
}
