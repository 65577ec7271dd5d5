import EventLog
import Kernel
import Postgres
import Tenancy

/// Removes changes of profiles that are so old that whoever has not seen them begins anew.
package struct ProfileChangePruner: Sendable {
    static let keptSeconds: Int64 = 24 * 3_600
    static let rowsMax = 10_000
    static let secondsBetween: Int64 = 600

    let database: Database

    /// All retailers, a batch at a time.
    package func prune() async throws {
        try await database.forEachRetailer { retailer in
            var removed = Self.rowsMax
            while removed == Self.rowsMax {
                removed = try await database.transaction(as: .worker(retailer)) { tx in
                    try tx.removeProfileChanges(of: retailer, olderThanSeconds: Self.keptSeconds, rowsMax: Self.rowsMax)
                }
            }
        }
    }
}
