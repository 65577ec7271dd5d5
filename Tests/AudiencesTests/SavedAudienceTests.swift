import Audiences
import JSONText
import Kernel
import Tenancy
import TestSupport
import Testing

@Suite struct SavedAudienceTests {
    private let body: JSONValue = ["name": "Spenders", "predicate": ["spend": ["gte": 100_000]]]

    @Test func `an audience is saved, changed as a new version and archived`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let key = try await market.key(of: retailer, .marketer)
            let path = "/v1/retailers/\(retailer)/audiences"

            let created = try await market.post(path, as: key, body)
            let one = "\(path)/\(try created.id(AudienceID.self))"
            let change: JSONValue = ["name": "Visitors", "version": 1, "predicate": ["purchase_frequency": ["gte": 5]]]
            let updated = try await market.put(one, as: key, change)
            let stale = try await market.put(one, as: key, change)
            let archived = try await market.delete(one, as: key)
            let listed = try await market.get(path, as: key)
            let shown = try await market.get(one, as: key)
            let late = try await market.put(one, as: key, ["name": "x", "version": 2, "predicate": ["spend": ["lt": 1]]])

            #expect(created.status == 201)
            #expect(created.json["predicate"] == body["predicate"])
            #expect(updated.json["version"] == 2)
            #expect(updated.json["name"] == "Visitors")
            #expect(stale.status == 409)
            #expect(stale.json["code"] == "version_conflict")
            #expect(archived.status == 204)
            #expect(listed.json["data"] == [])
            #expect(shown.json["archived_at"] == "2026-03-02T12:00:00Z")
            #expect(late.json["code"] == "audience_archived")
        }
    }

    @Test func `an earlier version keeps its meaning`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let key = try await market.key(of: retailer, .marketer)
            let path = "/v1/retailers/\(retailer)/audiences"
            let id: AudienceID = try await market.post(path, as: key, body).id()
            _ = try await market.put("\(path)/\(id)", as: key, ["name": "x", "version": 1, "predicate": ["spend": ["lt": 5]]])

            let meanings = try await market.database.read(as: .retailer(retailer)) { tx in
                [
                    try tx.predicate(of: id, version: 1, at: retailer), try tx.predicate(of: id, version: 2, at: retailer),
                    try tx.predicate(of: id, version: 3, at: retailer),
                ]
            }

            #expect(
                meanings == [
                    .leaf(.spend(AmountRange(gte: 100_000, lt: nil))), .leaf(.spend(AmountRange(gte: nil, lt: 5))), nil,
                ])
        }
    }

    @Test func `a supplier's people share its audiences, rivals never see them, the retailer reads and does not write`()
        async throws
    {
        try await TestMarket.run { market in
            let town = Town(database: market.database, retailer: try await market.makeRetailer())
            let (own, rival) = (try await market.makeSupplier(), try await market.makeSupplier())
            for supplier in [own, rival] {
                try await town.addAgreement(supplier, insight: "all", market.clock.world)
            }
            let path = "/v1/retailers/\(town.retailer)/audiences"
            let retailerKey = try await market.key(of: town.retailer, .marketer)
            let (ownKey, colleague) = (try await market.key(of: own, .marketer), try await market.key(of: own, .analyst))
            let rivalKey = try await market.key(of: rival, .admin)
            let retailers = "\(path)/\(try await market.post(path, as: retailerKey, body).id(AudienceID.self))"
            let made = try await market.post(path, as: ownKey, body)
            let one = "\(path)/\(try made.id(AudienceID.self))"

            let statuses = [
                try await market.get(one, as: colleague).status, try await market.get(one, as: rivalKey).status,
                try await market.get(one, as: retailerKey).status, try await market.get(retailers, as: ownKey).status,
                try await market.delete(one, as: retailerKey).status, try await market.delete(one, as: rivalKey).status,
                try await market.delete(one, as: colleague).status,
            ]
            let lists = [
                try await market.get(path, as: colleague).json["data"].elements.count,
                try await market.get(path, as: rivalKey).json["data"].elements.count,
                try await market.get(path, as: retailerKey).json["data"].elements.count,
            ]

            #expect(made.json["supplier_id"] == .string("\(own)"))
            #expect(statuses == [200, 404, 200, 404, 404, 404, 403])
            #expect(lists == [1, 0, 2])
        }
    }
}
