import HTTPTypes
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// Every list and every count: what a tenant reads of its own does not change when others come, by a single byte.
@Suite struct ViewTests {
    @Test func `lists, sums and counts stay the same when another retailer comes, and when a rival comes`() async throws {
        try await TenancyWorld.run { market in
            var world = try await TenancyWorld.open(in: market)
            let suppliers = try await Caller.all(of: .supplier(world.own.town.supplier, []), .own, in: market)
            let retailers = try await Caller.all(of: .retailer(world.town.retailer, []), .own, in: market)
            let people = try await world.retailersPeople()
            // A key's first use shows in the list of keys: here it is used.
            _ = try await world.views(of: world.own, as: suppliers)
            _ = try await world.views(of: world.town, as: retailers)
            let sizes = try await world.previews(as: retailers)

            let supplierBefore = try await world.views(of: world.own, as: suppliers)
            let retailerBefore = try await world.views(of: world.town, as: retailers)
            try await world.addRetailer()
            let retailerAfter = try await world.views(of: world.town, as: retailers)
            let supplierBeside = try await world.views(of: world.own, as: suppliers)
            let sizesAfter = try await world.previews(as: retailers)
            try await world.addRival()
            let supplierAfter = try await world.views(of: world.own, as: suppliers)
            let rivals = try await Caller.all(of: .supplier(world.rival.town.supplier, []), .own, in: market)
            let rivalsViews = try await world.views(of: world.rival, as: rivals)

            expectSame(retailerBefore, retailerAfter, "another retailer came")
            // It is a supplier there too: its own people and keys are more.
            let isAtRetailer = { (view: String) in !view.hasPrefix("listSupplier") }
            expectSame(
                supplierBefore.filter { isAtRetailer($0.key) }, supplierBeside.filter { isAtRetailer($0.key) },
                "another retailer came")
            expectSame(supplierBeside, supplierAfter, "a rival came")
            #expect(sizes == sizesAfter)
            expectNothingEmpty(supplierBefore, retailerBefore)
            // Each reads in its audit what the platform did to its people and keys.
            let shared = people.union(world.town.ids.values).union([world.town.marker, "\(market.platform.id)"])
            let met = telling(supplierAfter).intersection(telling(rivalsViews)).subtracting(shared)
            #expect(met.sorted() == [], "both suppliers read of these")
            let strange = world.other.map { telling(retailerAfter).intersection([$0.marker, "\($0.retailer)"]) }
            #expect(strange == [])
        }
    }

    private func expectSame(
        _ before: [String: TestClient.Reply], _ after: [String: TestClient.Reply], _ cause: String
    ) {
        #expect(before.keys.sorted() == after.keys.sorted())
        for (view, reply) in before {
            #expect(reply.status == 200, "\(view): \(reply.text)")
            #expect(after[view]?.text == reply.text, "\(view): \(cause)")
        }
    }

    /// A list that is empty for everybody would prove nothing.
    private func expectNothingEmpty(_ views: [String: TestClient.Reply]...) {
        var filled: [String: Bool] = [:]
        for (view, reply) in views.flatMap({ $0 }) {
            guard case .array(let rows) = reply.json["data"] else { continue }
            let list = String(view.prefix { $0 != " " })
            filled[list] = filled[list] ?? false || !rows.isEmpty
        }
        #expect(filled.filter { !$0.value }.keys.sorted() == [], "empty for everybody")
        #expect(filled.count >= 25, "\(filled.keys.sorted())")
    }

    private func telling(_ views: [String: TestClient.Reply]) -> Set<String> {
        views.values.reduce(into: []) { $0.formUnion(Words($1).telling) }
    }
}

extension TenancyWorld {
    /// The retailer's exact counts of some audiences.
    fileprivate func previews(as callers: [Caller]) async throws -> [JSONValue] {
        guard let marketer = callers.first(where: { $0.role == "retailer.marketer" }) else { return [] }
        var counts: [JSONValue] = []
        for predicate: JSONValue in [["tags": ["any": ["vip"]]], ["spend": ["gte": 1]], ["purchase_frequency": ["gte": 0]]] {
            let reply = try await market.client.send(
                .post, "/v1/retailers/\(town.retailer)/audiences/preview",
                headers: [("Authorization", "Bearer \(marketer.token)"), ("Content-Type", "application/json")],
                body: (["predicate": predicate] as JSONValue).jsonBytes)
            counts.append(reply.json)
        }
        return counts
    }
}
