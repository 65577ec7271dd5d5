import Checkout
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Settlement

/// A statement is sealed while somebody reads it: the reader gets all of the one or all of the other.
@Suite struct SealWhileReadTests {
    @Test func `who reads an open statement while it is sealed reads it as it was`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        try await TestMarket.run(on: database) { market in
            for path in ["", "/lines", "/unfunded"] {
                let treasury = try await Treasury.open(in: market)
                try await treasury.live()
                let id = try await treasury.openStatement()
                let before = try await treasury.get("statements/\(id)\(path)").json

                let statement = try #require(StatementID(id))
                let (locked, told) = AsyncStream.makeStream(of: Void.self)
                async let sealing: Void = sealUnderItsReader(statement, of: treasury, by: superuser, whenLocked: told)
                for await _ in locked { break }
                #expect(try await treasury.get("statements/\(id)\(path)").json == before, "\(path)")
                try await sealing
                #expect(try await treasury.get("statements/\(id)").json["state"] == "sealed")
            }
        }
        await superuser.close()
        await database.close()
    }

    @Test func `a list of unfunded discounts goes on where it was when its statement is sealed`() async throws {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            try await treasury.live()
            let id = try await treasury.openStatement()
            let filter = try Fields.read([:]) { LineFilter($0, accept: nil, hasKind: false, by: RedemptionID.self) }
            let list = UnfundedList(
                statement: try #require(StatementID(id)), retailer: treasury.town.retailer, agreement: nil, reader: .retailer,
                filter: filter,
                scope: .retailer(treasury.town.retailer), database: market.database)
            let whole = try await list.rows(after: nil, limit: 10)
            let first = try await list.rows(after: nil, limit: 1)
            _ = try await treasury.seal(id)
            let rest = try await list.rows(after: first.last?.after, limit: 10)

            #expect(whole.count == 2)
            #expect(first + rest == whole)
        }
    }

    /// Holds the reader up between its first look and its next, and seals there.
    private func sealUnderItsReader(
        _ id: StatementID, of treasury: Treasury, by superuser: Database, whenLocked told: AsyncStream<Void>.Continuation
    ) async throws {
        struct NobodyReads: Error {}
        defer { told.finish() }
        let (retailer, world) = (treasury.town.retailer, treasury.town.market.clock.world)
        let author = Author(
            principal: Principal(key: world.newID(), person: world.newID(), organisation: .retailer(retailer, [.treasurer])),
            scope: .retailer(retailer), requestID: "test", world: world)
        try await superuser.administer { tx in
            try tx.script("LOCK TABLE statement_account, statement_unfunded IN ACCESS EXCLUSIVE MODE")
            told.yield()
            var looks = 0
            while try tx.one(Self.waitingReaders, { row in try row.next(Int64.self) }) == 0 {
                looks += 1
                guard looks < 4_000 else { throw NobodyReads() }
                try tx.script("SELECT pg_sleep(0.005)")
            }
            _ = try SealStatement(id: id).run(in: tx, of: retailer, by: author)
        }
    }

    private static let waitingReaders: SQL = """
        SELECT count(*) FROM pg_locks
        WHERE NOT granted AND relation IN ('statement_account'::regclass, 'statement_unfunded'::regclass)
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """
}
