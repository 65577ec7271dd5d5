import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// Keys that a node remembers, and for how long.
@Suite struct KnownKeyTests {
    @Test func `a key that is revoked ends there at once, and on other nodes within a second`() async throws {
        try await TestMarket.run { here in
            try await TestMarket.run(on: here.database, clock: here.clock) { there in
                let retailer = try await here.makeRetailer()
                let admin = try await here.key(of: retailer, .admin)
                let app = try await here.key(of: retailer, .app)
                let path = "/v1/retailers/\(retailer)"
                let before = [try await here.get(path, as: app), try await there.get(path, as: app)].map(\.status)

                let revoked = try await here.delete("\(path)/keys/\(app.id)", as: admin)

                #expect((before, revoked.status) == ([200, 200], 204))
                #expect(try await here.get(path, as: app).status == 401)
                here.clock.advance(seconds: 2)
                #expect(try await there.get(path, as: app).status == 401)
            }
        }
    }

    @Test func `keys that may do more than a till are looked up each time, on every node`() async throws {
        try await TestMarket.run { here in
            try await TestMarket.run(on: here.database, clock: here.clock) { there in
                let retailer = try await here.makeRetailer()
                let admin = try await here.key(of: retailer, .admin)
                let path = "/v1/retailers/\(retailer)"
                let person = try await here.makePerson(of: retailer, .admin)
                let keys = [
                    try await here.key(of: retailer, .treasurer), try await here.key(of: retailer, .till, .analyst),
                    try await here.key(.retailer(retailer, [.admin]), person: person),
                ]
                for key in keys {
                    #expect(try await there.get(path, as: key).status == 200)
                    #expect(try await here.delete("\(path)/keys/\(key.id)", as: admin).status == 204)
                    #expect(try await there.get(path, as: key).status == 401)
                }
            }
        }
    }
}
