import Campaigns
import EventLog
import JSONText
import Kernel
import Ledger
import Postgres
import Tenancy
import TestSupport
import Testing

/// A campaign that several wallets pay: the supplier's and some of the retailer's.
@Suite struct SharedFundingTests {
    @Test func `the fee is taken of the supplier's share alone`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.openShared(in: market, suppliersShare: 5_000, retailersShares: [5_000])
            try await till.accepted(till.sale("1", discount: 1_500))
            let paid = try await till.spend()
            try await till.accepted(till.back("2", of: "1", amount: 8_500))

            #expect(paid == [500_000 - 1_575, 1_575, 0])
            #expect(try await till.spend() == [500_000, 0, 0])
            #expect(try await till.findings() == [])
        }
    }
}

extension Till {
    /// Shares in basis points, the supplier's wallet first; 15 % off p1 and p2, a fee of 10 %.
    static func openShared(
        in market: TestMarket, suppliersShare: Int64, retailersShares: [Int64], limits: JSONValue = usualLimits,
        reward: JSONValue = usualReward
    ) async throws -> Till {
        let town = try await CampaignTown.make(in: market, feeBP: 1_000)
        let treasurer = try await market.key(of: town.retailer, .treasurer)
        var funding: [JSONValue] = [town.part(town.wallet, suppliersShare)]
        for (place, share) in retailersShares.enumerated() {
            let wallet: WalletID = try await market.post(
                "/v1/retailers/\(town.retailer)/wallets", as: treasurer, ["name": .string("Own \(place)")]
            ).id()
            try await town.fill(wallet, 1_000_000)
            funding.append(town.part(wallet, share))
        }
        let campaign = try await town.launched(["limits": limits, "reward": reward, "funding": .array(funding)])
        try await town.advance(to: "2026-03-09T09:00:00Z")
        return Till(town: town, campaign: campaign, key: try await market.key(of: town.retailer, .till))
    }
}

extension CampaignTown {
    fileprivate func part(_ wallet: WalletID, _ share: Int64) -> JSONValue {
        ["wallet_id": .string("\(wallet)"), "kind": "percent", "value": .integer(share)]
    }

    fileprivate func fill(_ wallet: WalletID, _ amount: Int64) async throws {
        let (retailer, now) = (retailer, market.clock.now)
        let transfer: TransferID = market.clock.world.newID()
        try await market.database.transaction(as: .retailer(retailer)) { tx in
            guard let account = try tx.wallet(wallet, of: retailer)?.account else { return }
            let source = SharedAccount.external(Self.asset)
            try tx.post(
                [
                    NewTransfer(
                        id: transfer, kind: .topUp, debit: source.id(at: retailer), credit: account,
                        amount: Money(minor: amount, asset: Self.asset), cause: EventSubject(kind: "test", id: "fill"),
                        businessDay: now.utcDay)
                ], opening: [source], of: retailer, at: now)
        }
    }
}
