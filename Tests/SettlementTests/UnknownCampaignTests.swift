import Campaigns
import JSONText
import Kernel
import Ledger
import TestSupport
import Testing

/// What names no campaign of the retailer's is the retailer's own loss.
@Suite struct UnknownCampaignTests {
    @Test func `a discount of an unknown campaign stands in the first of the retailer's own wallets, and there once`()
        async throws
    {
        try await TestMarket.run { market in
            let treasury = try await Treasury.open(in: market)
            let stranger: CampaignID = market.clock.world.newID()
            try await treasury.sell("1", "p1", 10_000, discount: 700, naming: stranger)
            let suppliers = "statements/\(try await treasury.openStatement())"
            let own = try await openWallet("Own campaigns", of: treasury)
            market.clock.advance(seconds: 1)
            let second = try await openWallet("More", of: treasury)
            let statement = try await openStatement(of: own, treasury)
            let listed = try await treasury.all("statements/\(statement)/unfunded", limit: 10)

            #expect(listed.map { $0["campaign_id"] } == [.string("\(stranger)")])
            #expect(listed.map { $0["reason"] } == ["unknown_campaign"])
            #expect(listed.map { $0["borne_by_retailer_amount"] } == [700])
            let open = figures(try await treasury.get("statements/\(statement)").json)
            #expect(open["unfunded"] == 700 && open["unfunded_borne_by_retailer"] == 700 && open["closing_balance"] == 0)
            #expect(try await treasury.all("\(suppliers)/unfunded", limit: 10) == [])
            let others = try await openStatement(of: second, treasury)
            #expect(try await treasury.all("statements/\(others)/unfunded", limit: 10) == [])

            let sealed = try await treasury.seal(statement)
            #expect(figures(sealed.json) == open)
            #expect(try await treasury.all("statements/\(statement)/unfunded", limit: 10) == listed)
            let next = sealed.json["next_statement_id"].string ?? ""
            #expect(try await treasury.all("statements/\(next)/unfunded", limit: 10) == [])
            #expect(try await treasury.findings() == [])
        }
    }

    private func openWallet(_ name: String, of treasury: Treasury) async throws -> WalletID {
        try await treasury.town.market.post(
            "\(treasury.base)/wallets", as: treasury.treasurer, ["name": .string(name)]
        ).id()
    }

    private func openStatement(of wallet: WalletID, _ treasury: Treasury) async throws -> String {
        try await treasury.get("statements?state=open&wallet_id=\(wallet)").json["data"][0]["id"].string ?? ""
    }
}
