import HTTPSupport
import HTTPTypes
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// Walks every operation of the contract with every role of every other tenant, and without a key.
@Suite struct TenancyTests {
    @Test func `no key of another tenant gets past any route of a retailer`() async throws {
        try await TestMarket.run { market in
            let own = try await market.makeRetailer()
            let strangers = try await Stranger.all(in: market)
            var tried = 0
            for operation in try Contract.load().operations where operation.path.hasPrefix("/v1/retailers/{retailer_id}") {
                for stranger in strangers {
                    let reply = try await market.knock(operation, at: own, as: stranger.key)
                    tried += 1
                    #expect(
                        [403, 404].contains(reply.status), "\(operation.id) by \(stranger.name): \(reply.status) \(reply.text)")
                    #expect(!reply.text.contains("\"data\""), "\(operation.id) by \(stranger.name)")
                }
                let nobody = try await market.knock(operation, at: own, as: nil)
                #expect(nobody.status == 401, "\(operation.id) without a key: \(nobody.status)")
            }
            #expect(tried > 100)
        }
    }

    @Test func `the platform's own operations refuse every tenant`() async throws {
        try await TestMarket.run { market in
            let strangers = try await Stranger.all(in: market)
            for operation in try Contract.load().operations where operation.roles == ["platform.admin"] {
                for stranger in strangers {
                    let reply = try await market.knock(operation, at: stranger.retailer, as: stranger.key)
                    #expect([403, 404].contains(reply.status), "\(operation.id) by \(stranger.name): \(reply.status)")
                }
            }
        }
    }

    @Test func `a supplier's home refuses every other supplier and every retailer`() async throws {
        try await TestMarket.run { market in
            let own = try await market.makeSupplier()
            let strangers = try await Stranger.all(in: market)
            for operation in try Contract.load().operations where operation.path.hasPrefix("/v1/suppliers/{supplier_id}") {
                for stranger in strangers {
                    let path = operation.path.replacing("{supplier_id}", with: "\(own)").filled(with: own)
                    let reply = try await market.send(
                        .init(operation.method)!, path, as: stranger.key, operation.method == "GET" ? nil : [:])
                    #expect([403, 404].contains(reply.status), "\(operation.id) by \(stranger.name): \(reply.status)")
                }
            }
        }
    }
}

/// A key that has no business at the retailer under test.
private struct Stranger {
    let name: String
    let key: KeyToken
    /// A retailer that is not under test.
    let retailer: RetailerID

    static func all(in market: TestMarket) async throws -> [Stranger] {
        let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
        var strangers: [Stranger] = []
        for role in RetailerRole.allCases {
            strangers.append(
                Stranger(name: "retailer.\(role)", key: try await market.key(of: retailer, role), retailer: retailer))
        }
        for role in SupplierRole.allCases {
            strangers.append(
                Stranger(name: "supplier.\(role)", key: try await market.key(of: supplier, role), retailer: retailer))
        }
        return strangers
    }
}

extension TestMarket {
    /// Calls an operation at a retailer with well-formed ids that name nothing.
    fileprivate func knock(
        _ operation: Contract.Operation, at retailer: RetailerID, as key: KeyToken?
    ) async throws -> TestClient.Reply {
        let path = operation.path.replacing("{retailer_id}", with: "\(retailer)").filled(with: retailer)
        return try await send(
            .init(operation.method)!, path, as: key, operation.method == "GET" || operation.method == "DELETE" ? nil : [:],
            headers: [("Idempotency-Key", "knock")])
    }
}

extension String {
    /// Fills every other path parameter with an id of its kind: `{wallet_id}` with `wallet_01j...`.
    fileprivate func filled<Kind>(with id: TypedID<Kind>) -> String {
        split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.hasPrefix("{") else { return String(part) }
            let kind = part.dropFirst().dropLast().replacing("_id", with: "")
            return "\(kind)_\("\(id)".split(separator: "_").last!)"
        }.joined(separator: "/")
    }
}
