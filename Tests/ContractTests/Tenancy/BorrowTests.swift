import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// A rival that names another's things inside a body, where no path shows them.
@Suite struct BorrowTests {
    @Test func `a rival gets nothing by naming another supplier's things in a body`() async throws {
        try await TenancyWorld.run { market in
            var world = try await TenancyWorld.open(in: market)
            try await world.addRival()
            let (own, rival) = (world.own, world.rival)
            let base = "/v1/retailers/\(world.town.retailer)"
            let theirs = rival.town
            let audience: JSONValue = ["type": "audience", "audience_id": id(own, "audience_id"), "version": 1]
            let funding: JSONValue = [["wallet_id": id(own, "wallet_id"), "kind": "remainder"]]
            // A draft may name what there is not; nothing is looked up, so nothing is told.
            let draft = try await theirs.draft(["eligibility": audience, "starts_at": "2026-03-10T00:00:00"])
            let attempts: [(String, KeyToken, JSONValue)] = [
                ("wallets", theirs.treasurer, ["agreement_id": id(own, "agreement_id")]),
                ("wallets", theirs.treasurer, ["name": "Own"]),
                ("campaigns", theirs.marketer, theirs.terms(["agreement_id": id(own, "agreement_id")])),
                ("campaigns", theirs.marketer, theirs.terms(["funding": funding])),
                ("campaigns/\(draft)/submit", theirs.marketer, [:]),
                ("campaigns/\(draft)/forecast", theirs.marketer, [:]),
                ("audiences", theirs.marketer, ["name": "Mine", "version": 1, "audience_id": id(own, "audience_id")]),
                ("wallets/\(theirs.wallet)/top-ups/\(own.ids["top_up_id"] ?? "")/cancel", theirs.treasurer, ["reason": "mine"]),
            ]
            let names = Words([own.marker, world.town.marker].joined(separator: " ")).all

            for (path, key, body) in attempts {
                let reply = try await market.post(
                    "\(base)/\(path)", as: key, body, headers: [("Idempotency-Key", "\(market.clock.world.random())")])
                #expect((400..<500).contains(reply.status), "\(path) \(body.jsonText): \(reply.status) \(reply.text)")
                #expect(Words(reply).all.isDisjoint(with: names), "\(path): \(reply.text)")
            }
            #expect(try await own.town.balance() == 1_000_000 - 500_000 - 100_000 - 400)
        }
    }

    private func id(_ stall: Stall, _ name: String) -> JSONValue { .string(stall.ids[name] ?? "") }
}

extension JSONValue {
    fileprivate var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }
}
