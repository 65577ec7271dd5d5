import Kernel
import Parties
import Postgres
import Synchronization
import Tenancy
import TestSupport
import Testing

/// One connection that serves one tenant after another: whatever became of the unit of work before, the next sees its own rows.
@Suite struct PooledConnectionTests {
    private struct Broken: Error {}

    /// Two retailers with one and with two stores, and a pool of one connection.
    private struct Pool: Sendable {
        let (first, second): (RetailerID, RetailerID)
        let one: Database
        let cutter: Database

        static func run(_ body: (Pool) async throws -> Void) async throws {
            let (database, address) = try await TestDatabase.cloneWithAddress()
            var configuration = DatabaseConfiguration(address: address)
            configuration.connectionsMax = 1
            configuration.statementTimeoutMillis = 300
            let one = Database(configuration)
            let cutter = Database(
                DatabaseConfiguration(address: try await TestCluster.shared.cluster().superuserAddress()))
            try await TestMarket.run(on: database) { market in
                let (first, second) = (try await market.makeRetailer(), try await market.makeRetailer())
                try await market.makeStores(1, of: first)
                try await market.makeStores(2, of: second)
                try await body(Pool(first: first, second: second, one: one, cutter: cutter))
            }
            await one.close()
            await cutter.close()
            await database.close()
        }

        func stores(as scope: Scope) async throws -> Int64 {
            try await one.read(as: scope) { tx in try tx.stores() }
        }

        /// What the login itself has left over of the unit before: settings, role, rights.
        func leftovers() async throws -> [String] {
            try await one.administer { tx in
                try tx.one(
                    """
                    SELECT COALESCE(current_setting('app.retailer_id', true), ''),
                        COALESCE(current_setting('app.supplier_id', true), ''), COALESCE(current_setting('app.actor', true), ''),
                        (current_user = session_user)::text, current_setting('transaction_read_only')
                    """
                ) { row in
                    [try row.next(), try row.next(), try row.next(), try row.next(), try row.next(String.self)]
                }
            }
        }

        func expectNothingLeft(_ after: String) async throws {
            #expect(try await leftovers() == ["", "", "", "true", "off"], "\(after)")
            #expect(try await stores(as: .retailer(second)) == 2, "\(after)")
            #expect(try await stores(as: .supplier(SupplierID(second.value), at: first)) == 1, "\(after)")
            #expect(try await stores(as: .supplierHome(SupplierID(second.value))) == 0, "\(after)")
        }
    }

    @Test func `after an error, swallowed or not, the next tenant sees its own rows and no setting stays`() async throws {
        try await Pool.run { pool in
            let first = Scope.retailer(pool.first)
            await #expect(throws: DatabaseError.self) {
                try await pool.one.transaction(as: first) { tx in _ = try tx.execute("SELECT 1 / 0 FROM store") }
            }
            try await pool.expectNothingLeft("a refused statement")
            await #expect(throws: DatabaseError.self) {
                try await pool.one.transaction(as: first) { tx in _ = try? tx.execute("SELECT 1 / 0 FROM store") }
            }
            try await pool.expectNothingLeft("a swallowed error")
            await #expect(throws: Broken.self) {
                try await pool.one.transaction(as: first) { tx in
                    _ = try tx.stores()
                    throw Broken()
                }
            }
            try await pool.expectNothingLeft("an error of the program's")
            await #expect(throws: DatabaseError.self) {
                try await pool.one.read(as: first) { tx in _ = try tx.execute("DELETE FROM store") }
            }
            try await pool.expectNothingLeft("a write in a read")
            try await pool.one.transaction(as: first) { _ in }
            try await pool.expectNothingLeft("a unit without a statement")
            await #expect(throws: Broken.self) { try await pool.one.transaction(as: first) { _ in throw Broken() } }
            try await pool.expectNothingLeft("a unit that failed before its first statement")
        }
    }

    @Test func `after a timeout, a cancelled statement and a broken copy the next tenant sees its own rows`() async throws {
        try await Pool.run { pool in
            let first = Scope.retailer(pool.first)
            await #expect(throws: DatabaseError.self) {
                try await pool.one.transaction(as: first) { tx in _ = try tx.execute("SELECT pg_sleep(5) FROM store") }
            }
            try await pool.expectNothingLeft("a statement timeout")
            await #expect(throws: DatabaseError.self) {
                try await pool.one.transaction(as: first) { tx in
                    _ = try tx.execute("SELECT pg_cancel_backend(pg_backend_pid()) FROM store")
                    _ = try tx.execute("SELECT pg_sleep(0.2)")
                }
            }
            try await pool.expectNothingLeft("a cancelled statement")
            await #expect(throws: Broken.self) {
                try await pool.one.transaction(as: first) { tx in
                    try tx.script("CREATE TEMPORARY TABLE staged (number bigint) ON COMMIT DROP")
                    try tx.copy(into: "staged (number)") { _ in throw Broken() }
                }
            }
            try await pool.expectNothingLeft("a broken copy")
        }
    }

    @Test func `after a cut connection the unit runs again as the same tenant, and the next as its own`() async throws {
        try await Pool.run { pool in
            let runs = Mutex(0)
            let cut = try await pool.one.administer { tx in
                try tx.one("SELECT pg_backend_pid()") { row in try row.next(Int32.self) }
            }
            _ = try await pool.cutter.administer { tx in try tx.execute("SELECT pg_terminate_backend(\(cut))") }
            let seen = try await pool.one.transaction(as: .retailer(pool.first)) { tx in
                runs.withLock { $0 += 1 }
                return try tx.stores()
            }

            #expect(seen == 1)
            #expect(runs.withLock { $0 } == 2)
            try await pool.expectNothingLeft("a cut connection")
        }
    }

    @Test func `one prepared statement serves tenants in turn, each with its own rows`() async throws {
        try await Pool.run { pool in
            var seen: [Int64] = []
            for _ in 0..<12 {
                for scope in [
                    Scope.retailer(pool.first), .retailer(pool.second), .supplier(SupplierID(pool.first.value), at: pool.second),
                ] {
                    seen.append(try await pool.stores(as: scope))
                }
            }
            #expect(seen == (0..<12).flatMap { _ in [1, 2, 2] as [Int64] })
        }
    }

    @Test func `requests of many tenants at once on few connections see each its own, though every third fails`() async throws {
        try await Pool.run { pool in
            let (first, second, one) = (pool.first, pool.second, pool.one)
            let seen = try await inParallel(Array(0..<300), atOnce: 32) { number -> Int64? in
                let scope: Scope = number % 2 == 0 ? .retailer(first) : .retailer(second)
                return try? await one.transaction(as: scope) { tx in
                    let count = try tx.stores()
                    if number % 3 == 0 { _ = try tx.execute("SELECT 1 / 0") }
                    return count * 1_000 + Int64(number % 2 == 0 ? 1 : 2)
                }
            }
            #expect(seen.count { $0 == nil } == 100)
            #expect(Set(seen.compactMap { $0 }) == [1_001, 2_002])
        }
    }

    @Test func `the login itself reads no table of tenants without taking on a role`() async throws {
        try await Pool.run { pool in
            let error = await #expect(throws: DatabaseError.self) { try await pool.one.administer { tx in try tx.stores() } }
            #expect(error?.isRefusedPrivilege == true)
        }
    }
}

extension Transaction {
    fileprivate func stores() throws -> Int64 { try one("SELECT count(*) FROM store") { row in try row.next() } }
}
