import App
import JSONText
import Kernel
import Ledger
import Postgres
import Tenancy
import TestSupport
import Testing

/// Manufacturer 317's campaign over four weeks of the published panel, to the last cent.
@Suite struct RealCampaignTests {
    struct Paid: Hashable, Sendable {
        let basket: String
        let line, units, discount, fee: Int64
    }

    /// Lines that come back after the campaign's end.
    private static let returnsCount = 5

    @Test(.enabled(if: DataSet.arePresent, DataSet.missing))
    func `317's campaign costs what separate SQL works out, to the last cent`() async throws {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        let files = try await StagedFiles.stage([.completeJourney], as: "campaign_317")
        try await TestMarket.run(on: database, clock: TestClock(Instant("2017-11-05T15:00:00Z")!)) { market in
            let real = try await RealCampaign.launch(in: market, at: address, files)
            let baskets = try await LaterBasket.all(in: files)
            try await real.sell(baskets)
            let expected = try await Self.workOut(files)
            let stored = try await Self.redemptions(of: real)
            let returned = try await Self.giveSomeBack(expected, baskets, real)
            market.clock.set(Instant("2017-12-14T12:00:00Z")!)
            try await real.advance()

            #expect(stored.symmetricDifference(expected).isEmpty)
            let kept = expected.subtracting(returned)
            let (discounts, fees) = (kept.reduce(0) { $0 + $1.discount }, kept.reduce(0) { $0 + $1.fee })
            try await Self.expectMoney(discounts, fees, real)
            try await real.expectStatement(of: expected, returned: returned)
            #expect(try await Self.findings(of: real) == [])
            #expect(expected.count > 50)
            print(
                "317: \(baskets.count) baskets, \(expected.count) redemptions, \(expected.reduce(0) { $0 + $1.units }) units, "
                    + "\(expected.reduce(0) { $0 + $1.discount }) cents and \(expected.reduce(0) { $0 + $1.fee }) fee; "
                    + "kept \(discounts) and \(fees)")
        }
    }

    private static func workOut(_ files: StagedFiles) async throws -> Set<Paid> {
        _ = try await files.scratch.administer { tx in
            try tx.script("SET LOCAL search_path TO \(DataSet.completeJourney.schema);")
            try tx.script(CampaignRules.script)
        }
        return Set(
            try await files.ask(.completeJourney, "SELECT basket_id, line_no, units, discount, fee FROM paid") { row in
                Paid(
                    basket: try row.next(), line: try row.next(), units: try row.next(), discount: try row.next(),
                    fee: try row.next())
            })
    }

    private static func redemptions(of real: RealCampaign) async throws -> Set<Paid> {
        let (retailer, campaign) = (real.retailer, real.campaign)
        return Set(
            try await real.market.database.read(as: .retailer(retailer)) { tx in
                try tx.query(
                    """
                    SELECT number, line_no::bigint, units, funded_amount, fee_amount
                    FROM redemption
                    WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)
                    """
                ) { row in
                    Paid(
                        basket: try row.next(), line: try row.next(), units: try row.next(), discount: try row.next(),
                        fee: try row.next())
                }
            })
    }

    /// The day after the end: whole lines come back, and with them their discounts and fees.
    private static func giveSomeBack(
        _ paid: Set<Paid>, _ baskets: [LaterBasket], _ real: RealCampaign
    ) async throws -> Set<Paid> {
        real.market.clock.set(Instant("\(CampaignRules.endDay)T15:01:00Z")!)
        try await real.advance()
        let returned = paid.sorted { ($0.basket, $0.line) < ($1.basket, $1.line) }.prefix(returnsCount)
        for (place, one) in returned.enumerated() {
            guard let basket = baskets.first(where: { $0.id == one.basket }),
                let line = basket.lines.first(where: { $0.number == one.line })
            else { continue }
            let document = basket.giveBack(
                line: one.line, paid: max(0, line.paid - one.discount), as: "return-\(place)")
            let reply = try await real.send(real.path + "/receipts", document)
            #expect(reply["returns"][0]["match"] == "original")
        }
        return Set(returned)
    }

    /// Campaign, wallet and payable after the close.
    private static func expectMoney(_ discounts: Int64, _ fees: Int64, _ real: RealCampaign) async throws {
        let spend = try await real.market.get(
            "\(real.path)/campaigns/\(real.campaign)/spend", as: real.treasurer
        ).json
        #expect(spend["discounts"]["amount"].integer == discounts)
        #expect(spend["fees"]["amount"].integer == fees)
        #expect(spend["returned"]["amount"].integer == RealCampaign.budget - discounts - fees)
        let wallet = try await real.market.get("\(real.path)/wallets/\(real.wallet)", as: real.treasurer).json
        #expect(wallet["balance"]["available"]["amount"].integer == RealCampaign.topUp - discounts - fees)
        let retailer = real.retailer
        let owed = try await real.market.database.read(as: .retailer(retailer)) { tx in
            try tx.query(
                """
                SELECT kind, sum(credits_posted - debits_posted)::bigint
                FROM account
                WHERE retailer_id = \(retailer) AND kind IN ('payable', 'fee', 'campaign')
                GROUP BY kind
                ORDER BY kind
                """
            ) { row in "\(try row.next(String.self)) \(try row.next(Int64.self))" }
        }
        #expect(owed == ["campaign 0", "fee \(fees)", "payable \(discounts)"])
    }

    private static func findings(of real: RealCampaign) async throws -> [String] {
        let verification = Verification(real.market.database)
        var wrong: [String] = []
        for check in Marketplace.checks where try await verification.run(check, of: real.retailer).findings > 0 {
            wrong.append(check.name)
        }
        return wrong
    }
}
