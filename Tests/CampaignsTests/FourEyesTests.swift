import Campaigns
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@Suite struct FourEyesTests {
    @Test func `who created, submitted or last edited cannot approve, and a service never does`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let both = try await market.makePerson(of: town.retailer, .marketer, .approver)
            let maker = try await market.key(of: town.retailer, .marketer, person: both)
            let samePerson = try await market.key(of: town.retailer, .approver, person: both)
            let service = try await market.key(of: town.retailer, .approver)
            let wallet = try await market.post(
                "/v1/retailers/\(town.retailer)/wallets", as: try await market.key(of: town.retailer, .treasurer), ["name": "Own"]
            )
            let terms = town.terms([
                "agreement_id": nil,
                "funding": [["wallet_id": wallet.json["id"], "kind": "remainder"]],
            ])
            let id: CampaignID = try await market.post(town.path, as: maker, terms).id()
            try await town.act(id, "submit", as: maker)

            let own = try await town.attempt(id, "approve", as: samePerson)
            let byService = try await town.attempt(id, "approve", as: service)
            let byOther = try await town.attempt(id, "approve", as: town.approver)

            #expect((own.status, own.json["code"]) == (403, "four_eyes"))
            #expect((byService.status, byService.json["code"]) == (403, "person_needed"))
            #expect((byOther.status, byOther.json["state"]) == (200, "approved"))
        }
    }

    @Test func `a rival knows nothing of a campaign, and cannot touch it`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let rival = try await market.makeSupplier()
            _ = try await market.makeAgreement(retailer: town.retailer, supplier: rival)
            let key = try await market.key(of: rival, .marketer, .treasurer)
            let id = try await town.approved()

            let list = try await market.get(town.path, as: key)
            #expect(list.json["data"] == [])
            for path in ["", "/products", "/decisions", "/spend", "/forecast"] {
                #expect(try await market.get("\(town.path)/\(id)\(path)", as: key).status == 404, "\(path)")
            }
            for action in ["submit", "launch", "forecast"] {
                #expect(try await town.attempt(id, action, as: key).status == 404, "\(action)")
            }
            for action in ["pause", "resume", "stop", "cancel"] {
                #expect(try await town.attempt(id, action, as: key, ["reason": "x"]).status == 404, "\(action)")
            }
            let edit = try await market.patch("\(town.path)/\(id)", as: key, ["name": "x"], headers: [("If-Match", "*")])
            #expect(edit.status == 404)
            let others = try await market.post(town.path, as: key, town.terms())
            #expect(others.json["errors"][0]["code"] == "unknown_agreement")
        }
    }

    @Test func `the retailer's marketer leaves suppliers' campaigns alone`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let key = try await market.key(of: town.retailer, .marketer)
            let id = try await town.launched()

            #expect(try await town.attempt(id, "pause", as: key, ["reason": "x"]).status == 403)
            #expect(try await town.attempt(id, "launch", as: key).status == 403)
            #expect(try await town.state(id) == "scheduled")
        }
    }

    @Test func `only the side that paused resumes`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.launched()
            try await town.act(id, "pause", as: town.approver, ["reason": "Stock is short."])
            let other = try await town.attempt(id, "resume", as: town.marketer, ["reason": "x"])
            let resumed = try await town.act(id, "resume", as: town.approver, ["reason": "Stock is back."])

            #expect((other.status, other.json["code"]) == (409, "paused_by_other_side"))
            #expect(resumed.json["state"] == "scheduled")
        }
    }

    @Test func `a campaign is rejected with a comment and cannot be launched afterwards`() async throws {
        try await TestMarket.run { market in
            let town = try await CampaignTown.make(in: market)
            let id = try await town.submitted()

            let silent = try await town.attempt(id, "reject", as: town.approver)
            let rejected = try await town.act(id, "reject", as: town.approver, ["comment": "No milk in March."])
            let launch = try await town.attempt(id, "launch", as: town.treasurer)

            #expect((silent.status, silent.json["errors"][0]["pointer"]) == (422, "/comment"))
            #expect(rejected.json["state"] == "rejected")
            #expect(launch.status == 409)
        }
    }
}
