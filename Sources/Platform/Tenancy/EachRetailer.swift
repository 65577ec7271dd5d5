package import Kernel
package import Postgres

extension Database {
    /// All tenants, in the order of their ids.
    package func retailers() async throws -> [RetailerID] {
        try await read(as: .workerHome) { tx in
            try tx.query("SELECT retailer_id FROM retailer ORDER BY retailer_id") { row in try row.next(RetailerID.self) }
        }
    }

    /// Work for one retailer after the other. Where it fails for one, the others have their turn all the same.
    ///
    /// - Throws: `TurnFaults` when all had their turn; `CancellationError` at once.
    package func forEachRetailer(_ work: (RetailerID) async throws -> Void) async throws {
        var faults = TurnFaults()
        for retailer in try await retailers() {
            try await faults.collect(of: "retailer \(retailer)") { try await work(retailer) }
        }
        try faults.check()
    }
}
