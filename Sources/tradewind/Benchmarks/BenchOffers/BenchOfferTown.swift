import App
import Bitmaps
import Kernel
import Parties
import Postgres
import Tenancy

extension BenchTown {
    /// One campaign in so many is promised to a shopper.
    static let promisedOneIn = 25

    /// Makes the campaigns personal and promises each to its part of the shoppers for the week that runs; a key of the app.
    func addGrants(on database: Database, _ environment: KeyToken.Environment) async throws -> KeyToken {
        let author = Author(
            principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
            scope: .platform, requestID: "bench", world: .real)
        let week = OutsideWorld.real.now().utcDay.startOfWeek
        try await database.transaction(as: .retailer(retailer)) { tx -> Void in
            try tx.execute(
                """
                UPDATE campaign_version
                SET eligibility = '{"type": "audience"}', limits = '{"units_per_shopper": 3, "units_per_receipt": 2}'
                WHERE retailer_id = \(retailer)
                """)
        }
        for first in stride(from: 0, to: campaigns.count, by: 50) {
            try await database.transaction(as: .retailer(retailer)) { tx in
                for number in first..<min(campaigns.count, first + 50) { try grant(number, from: week, in: tx) }
            }
        }
        return try await database.transaction(as: .platform) { tx in
            try IssueKey(name: "bench", organisation: .retailer(retailer, [.app])).run(in: tx, by: author, environment).token
        }
    }

    private func grant(_ number: Int, from day: BusinessDay, in tx: borrowing Transaction) throws {
        let every = Self.promisedOneIn
        let members = KeySet(
            (1...UInt32(shoppers)).filter { (Int($0) &* 7_919 &+ number &* 104_729) % every == 0 })
        try tx.execute(
            """
            INSERT INTO offer_grant (
                retailer_id, campaign_id, period_starts_on, period_ends_on, campaign_version, members, pushed, counted, source,
                state, is_told, granted_at
            )
            VALUES (
                \(retailer), \(campaigns[number]), \(day), \(day.adding(days: 6)), 1, \(Bytes(members.portableBytes)),
                \(Bytes(KeySet().portableBytes)), \(members.count), 'ranking', 'in_force', true, now()
            )
            """)
    }
}
