import App
import Kernel
import Postgres
import Tenancy

/// A retailer for a benchmark, with what every one has.
enum BenchRetailer {
    static func make(_ database: Database) async throws -> RetailerID {
        let id = RetailerID(at: OutsideWorld.real.now(), random: (OutsideWorld.real.random(), OutsideWorld.real.random()))
        try await database.transaction(as: .platform) { tx in
            try tx.execute(
                """
                INSERT INTO retailer (retailer_id, name, asset, zone) VALUES (\(id), \("bench"), \("RUB"), \("UTC"))
                """)
            try tx.execute("INSERT INTO policy (retailer_id) VALUES (\(id))")
            _ = try tx.execute("INSERT INTO log_head (retailer_id) VALUES (\(id))")
        }
        return id
    }
}
