import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct LastUsedTests {
    @Test func `last use is kept to the minute: 32 requests at once write once, and the next within it not at all`() async throws
    {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (till, admin) = (try await market.key(of: retailer, .till), try await market.key(of: retailer, .admin))
            let (path, id) = ("/v1/retailers/\(retailer)", till.id)
            let version = { () in
                try await market.database.read(as: .platform) { tx in
                    try tx.one("SELECT xmin::text FROM api_key WHERE key_id = \(id)", { row in try row.next(String.self) })
                }
            }
            let fresh = try await version()

            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<32 { group.addTask { _ = try await market.get(path, as: till) } }
                try await group.waitForAll()
            }
            let first = try await version()
            market.clock.advance(seconds: Authenticator.lastUsedResolutionSeconds)
            _ = try await market.get(path, as: till)
            let within = try await version()
            market.clock.advance(seconds: 1)
            _ = try await market.get(path, as: till)
            let beyond = try await version()
            let listed = try await market.get("\(path)/keys?role=till", as: admin)

            #expect(fresh != first)
            #expect(within == first)
            #expect(beyond != first)
            #expect(listed.json["data"][0]["last_used_at"] == "2026-03-02T12:01:01Z")
        }
    }
}
