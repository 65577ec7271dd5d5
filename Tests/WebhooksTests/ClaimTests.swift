import EventLog
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

/// How much a claim reads.
@Suite struct ClaimTests {
    private static let backlog = 3_000

    /// PostgreSQL knows other retailers' rows well, and believes that this one has none.
    @Test func `a claim reads about what it takes, whatever statistics say of a retailer with a backlog`() async throws {
        let database = try await TestDatabase.clone()
        try await TestMarket.run(on: database) { market in
            let known = try await Self.town(in: market)
            try await known.append("campaign.launched", count: Self.backlog)
            try await known.delivery.fanOut(known.retailer)
            try await database.transaction(as: Session(role: "tradewind_owner")) { tx in try tx.script("ANALYZE") }
            let late = try await Self.town(in: market)
            try await late.append("campaign.launched", count: Self.backlog)
            try await late.delivery.fanOut(late.retailer)

            let claim = ClaimDeliveries(
                retailer: late.retailer, places: DeliveryPlaces.Free(healthy: 192, failing: 64), box: late.box,
                clock: .database, world: market.clock.world)
            let (claimed, read) = try await database.transaction(as: .worker(late.retailer)) { tx in
                let before = try tx.rowsRead()
                let claimed = try claim.run(in: tx)
                return (claimed.count, try tx.rowsRead() - before)
            }

            #expect(claimed == 4 * Self.endpoints)
            // Once over the retailer's events and deliveries at the most, and never once for each that is claimed.
            #expect(read < 4 * Self.backlog * (Self.endpoints + 1), "\(read) rows were read for \(claimed)")
        }
        await database.close()
    }

    private static let endpoints = 10

    private static func town(in market: TestMarket) async throws -> Outbox {
        let outbox = try await Outbox.make(in: market)
        for number in 0..<endpoints { _ = try await outbox.makeEndpoint("http://127.0.0.1:1/\(number)") }
        return outbox
    }
}

extension Transaction {
    /// Rows of all tables that this transaction has read so far.
    fileprivate func rowsRead() throws -> Int64 {
        try one("SELECT COALESCE(sum(seq_tup_read + COALESCE(idx_tup_fetch, 0)), 0)::bigint FROM pg_stat_xact_user_tables") {
            row in
            try row.next()
        }
    }
}
