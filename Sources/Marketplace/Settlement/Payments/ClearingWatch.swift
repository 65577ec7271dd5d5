package import Kernel
package import Postgres
import Synchronization
import Tenancy

/// How long money has been in clearing: since the oldest payment that was ordered and neither paid nor cancelled. Looked at
/// again and again; every node sees the same.
package final class ClearingWatch: Sendable {
    private let database: Database
    private let oldest = Mutex<Instant?>(nil)

    package init(_ database: Database) { self.database = database }

    /// Looks at all retailers. Index: `payment_ordered`.
    package func look() async throws {
        var found: [Instant] = []
        var faults = TurnFaults()
        try await faults.collect(of: "payments") {
            try await database.forEachRetailer { retailer in
                if let ordered = try await oldestOrdered(at: retailer) { found.append(ordered) }
            }
        }
        let first = found.min()
        oldest.withLock { $0 = first }
        try faults.check()
    }

    private func oldestOrdered(at retailer: RetailerID) async throws -> Instant? {
        try await database.read(as: .retailer(retailer)) { tx in
            try tx.one("SELECT min(ordered_at) FROM payment WHERE retailer_id = \(retailer) AND state = 'ordered'") { row in
                try row.nextOptional(Instant.self)
            }
        }
    }

    /// Seconds that the oldest has waited; 0 where clearing is empty, or was at the last look.
    package func ageSeconds(at now: Instant) -> Int64 {
        guard let since = oldest.withLock({ $0 }) else { return 0 }
        return max(0, (now.microseconds - since.microseconds) / 1_000_000)
    }
}
