import Campaigns
import Checkout
import JSONText
import Kernel
import Ledger
import Parties
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

    @Test func `less than was held is paid within each wallet's hold`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.openShared(
                in: market, suppliersShare: 2_000, retailersShares: [3_000, 5_000],
                reward: ["type": "amount_off", "amount_per_unit": 1_000])
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "basket-1")
            let paid = try await till.accepted(till.sale("1", discount: 999, quote: quote, shopper: nil))

            #expect(paid["funded_amount"] == 999)
            #expect(try await till.spend()[2] == 0)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a pace counts what all wallets pay with the fee, and a smaller budget gives each its part back`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.openShared(
                in: market, suppliersShare: 2_000, retailersShares: [3_000, 5_000],
                pacing: ["amount_per_day": rubles(3_000), "amount_per_store": rubles(9_000), "even": true])
            // 15.00 and a fee of 0.30 for each piece.
            let sold = try await till.accepted(till.sale("1", quantity: 3, discount: 4_500))
            let full = try await till.counters()
            try await till.accepted(till.back("2", of: "1", quantity: 2, amount: 18_000))
            let part = try await till.counters()
            let reply = try await till.town.attempt(
                till.campaign, "changes", as: till.town.treasurer, ["budget": rubles(100_000), "reason": "less"])

            #expect(sold["funded_amount"] == 2_941 && sold["reason"] == "limit_reached")
            #expect(full.prefix(2) == ["amount_per_day 2026-03-09: 3000 0", "amount_per_store: 3000 0"])
            #expect(part.prefix(2).allSatisfy { $0.hasSuffix(" 1001 0") }, "\(part)")
            #expect(reply.json["state"] == "applied")
            #expect(try await till.spend() == [100_000 - 1_001, 1_001, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `units go back once, though a small share rounds to nothing at first`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.openShared(
                in: market, suppliersShare: 100, retailersShares: [9_900],
                limits: ["units_per_shopper": 5, "units_per_receipt": 2, "units": 100],
                reward: ["type": "amount_off", "amount_per_unit": 50])
            try await till.accepted(till.sale("1", quantity: 2, discount: 100))
            try await till.accepted(till.sale("2", discount: 50))
            try await till.accepted(till.back("3", of: "1", amount: 9_950))
            let half = try await till.counters()
            try await till.accepted(till.back("4", of: "1", amount: 9_950))

            #expect(half == ["units: 2 0", "units_per_shopper: 2 0"])
            #expect(try await till.counters() == ["units: 1 0", "units_per_shopper: 1 0"])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a campaign is used up when one of its wallets pays its part no more, whatever the others have`() async throws {
        try await TestMarket.run { market in
            // The retailer adds 5.00 for each piece, 10.00 in all; the supplier has plenty.
            let till = try await Till.openShared(in: market, retailersPerUnit: 500, upTo: 1_000)
            for number in 1...2 { try await till.accepted(till.sale("\(number)", discount: 1_500)) }
            let told = try await till.events("campaign.budget_reached").map { $0["percent"].integer }
            try await till.town.advance(to: "2026-03-09T09:00:05Z")
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)])
            let sale = try await till.accepted(till.sale("3", discount: 1_500))

            #expect(told == [100])
            #expect(try await till.town.state(till.campaign) == "paused")
            #expect(quote["lines"][0]["discounts"].elements.isEmpty)
            #expect((sale["funded_amount"], sale["reason"]) == (0, "budget_exhausted"))
            #expect(try await till.spend()[0] > 400_000)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a campaign whose wallets pay for one more unit each goes on`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.openShared(in: market, retailersPerUnit: 500, upTo: 1_500)
            for number in 1...2 { try await till.accepted(till.sale("\(number)", discount: 1_500)) }
            try await till.town.advance(to: "2026-03-09T09:00:05Z")

            #expect(try await till.events("campaign.budget_reached").isEmpty)
            #expect(try await till.town.state(till.campaign) == "running")
            #expect(try await till.accepted(till.sale("3", discount: 1_500))["funded_amount"] == 1_500)
        }
    }

    /// Random funding: no discount from the least on asks less of any wallet than the bound says.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `what wallets must have at least is never more than a discount costs them`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let base = Int64.random(in: 1...4_000, using: &generator)
            let campaign = RunningCampaign.funded(by: FundingShare.random(using: &generator), base: base, using: &generator)
            let least = campaign.leastPayment(byWeight: false)
            let weighed = campaign.leastPayment(byWeight: true)
            let smallest = BasisPoints(stored: 1_500).halfUp(of: base)
            for _ in 0..<30 {
                let more = Int64.random(in: 0...3, using: &generator) * Int64.random(in: 0...700, using: &generator)
                for (bound, discount) in [(least, max(1, smallest) + more), (weighed, 1 + more)] {
                    let split = FundingSplit(of: discount, units: 1, among: campaign.shares, fee: campaign.fee)
                    let costs = campaign.shares.map { share in
                        split.parts.filter { $0.account == share.account }.reduce(0) { $0 + $1.discountMinor + $1.feeMinor }
                    }
                    #expect(
                        bound.isPayable(from: costs, .stop), "seed \(seed): \(campaign.shares) \(discount): \(costs) \(bound)")
                }
            }
        }
    }
}

extension FundingShare {
    fileprivate static func random(using generator: inout SeededGenerator) -> [FundingShare] {
        let count = Int.random(in: 1...4, using: &generator)
        var (left, shares) = (Int32(10_000), [FundingShare]())
        let hasRemainder = Bool.random(using: &generator)
        for place in 0..<count {
            let isLast = place == count - 1
            let percent = isLast && !hasRemainder ? left : Int32.random(in: 0...left, using: &generator)
            let kind: Kind =
                isLast && hasRemainder
                ? .remainder
                : hasRemainder && Bool.random(using: &generator)
                    ? .amountPerUnit(minor: Int64.random(in: 1...900, using: &generator)) : .percent(BasisPoints(stored: percent))
            if case .percent = kind { left -= percent }
            shares.append(
                FundingShare(
                    kind: kind, account: Identifier(high: 1, low: UInt64(place)),
                    wallet: Identifier(high: 2, low: UInt64.random(in: 0...9, using: &generator) * 10 + UInt64(place)),
                    isSuppliers: Bool.random(using: &generator), capMinor: nil))
        }
        return shares
    }
}

extension RunningCampaign {
    /// 15 % off one product of a recorded price.
    fileprivate static func funded(
        by shares: [FundingShare], base: Int64, using generator: inout SeededGenerator
    ) -> RunningCampaign {
        RunningCampaign(
            id: CampaignID(Identifier(high: 0, low: 1)), version: 1, supplier: nil, agreement: nil, name: "", state: .running,
            reward: .percentOff(BasisPoints(stored: 1_500)),
            products: [1: CampaignProductTerms(recordedBaseMinor: base, discountMaxPerUnitMinor: .max)], stores: nil,
            startsAtLocal: Instant(microseconds: 0), endsAtLocal: Instant(microseconds: 1), settlesUntil: nil,
            launchedAt: Instant(microseconds: 0), limits: CampaignLimits(),
            fee: BasisPoints(stored: Int32.random(in: 0...3_000, using: &generator)), isForEveryone: true, shares: shares)
    }
}

extension Till {
    /// The retailer's wallet pays an amount for each unit up to a cap, the supplier's the rest; else as below.
    static func openShared(in market: TestMarket, retailersPerUnit amount: Int64, upTo cap: Int64) async throws -> Till {
        let town = try await CampaignTown.make(in: market, feeBP: 1_000)
        let treasurer = try await market.key(of: town.retailer, .treasurer)
        let wallet: WalletID = try await market.post(
            "/v1/retailers/\(town.retailer)/wallets", as: treasurer, ["name": "Own"]
        ).id()
        try await town.allocate(1_000_000, to: wallet, as: treasurer)
        let funding: JSONValue = [
            ["wallet_id": .string("\(wallet)"), "kind": "amount_per_unit", "value": .integer(amount), "cap": .integer(cap)],
            ["wallet_id": .string("\(town.wallet)"), "kind": "remainder"],
        ]
        let campaign = try await town.launched(["limits": usualLimits, "funding": funding])
        try await town.advance(to: "2026-03-09T09:00:00Z")
        return Till(town: town, campaign: campaign, key: try await market.key(of: town.retailer, .till))
    }

    /// Shares in basis points, the supplier's wallet first; 15 % off p1 and p2, a fee of 10 %.
    static func openShared(
        in market: TestMarket, suppliersShare: Int64, retailersShares: [Int64], limits: JSONValue = usualLimits,
        reward: JSONValue = usualReward, pacing: JSONValue = nil
    ) async throws -> Till {
        let town = try await CampaignTown.make(in: market, feeBP: 1_000)
        let treasurer = try await market.key(of: town.retailer, .treasurer)
        var funding: [JSONValue] = [town.part(town.wallet, suppliersShare)]
        for (place, share) in retailersShares.enumerated() {
            let wallet: WalletID = try await market.post(
                "/v1/retailers/\(town.retailer)/wallets", as: treasurer, ["name": .string("Own \(place)")]
            ).id()
            try await town.allocate(1_000_000, to: wallet, as: treasurer)
            funding.append(town.part(wallet, share))
        }
        let campaign = try await town.launched([
            "limits": limits, "reward": reward, "funding": .array(funding), "pacing": pacing,
        ])
        try await town.advance(to: "2026-03-09T09:00:00Z")
        return Till(town: town, campaign: campaign, key: try await market.key(of: town.retailer, .till))
    }
}

extension CampaignTown {
    fileprivate func part(_ wallet: WalletID, _ share: Int64) -> JSONValue {
        ["wallet_id": .string("\(wallet)"), "kind": "percent", "value": .integer(share)]
    }

    fileprivate func allocate(_ amount: Int64, to wallet: WalletID, as treasurer: KeyToken) async throws {
        let reply = try await market.post(
            "/v1/retailers/\(retailer)/wallets/\(wallet)/allocations", as: treasurer,
            ["amount": ["amount": .integer(amount), "currency": .string(Self.asset.code)], "reason": "own campaigns"],
            headers: [("Idempotency-Key", "allocate-\(market.clock.world.random())")])
        guard reply.status == 201 else { throw Refused(action: "allocate", status: reply.status, body: reply.text) }
    }
}
