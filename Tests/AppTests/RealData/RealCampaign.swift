import App
import Campaigns
import Glibc
import HTTPTypes
import JSONText
import Kernel
import Ledger
import Offers
import Parties
import Postgres
import Receipts
import Subprocess
import SystemPackage
import Tenancy
import TestSupport
import Testing

/// A retailer with Complete Journey's products and its receipts up to the campaign, and manufacturer 317 as its supplier.
struct RealCampaign: Sendable {
    static let topUp: Int64 = 100_000
    static let budget: Int64 = 60_000

    let market: TestMarket
    let files: StagedFiles
    let retailer: RetailerID
    let supplier: SupplierID
    let wallet: WalletID
    let campaign: CampaignID
    let till: KeyToken
    let treasurer: KeyToken

    var path: String { "/v1/retailers/\(retailer)" }

    /// The market's clock stands on the day before the campaign; it is launched.
    static func launch(in market: TestMarket, at address: String, _ files: StagedFiles) async throws -> RealCampaign {
        let (retailer, supplier) = (
            try await market.makeRetailer(currency: "USD", zone: "America/New_York"), try await market.makeSupplier()
        )
        try await loadHistory(of: retailer, at: address, supplier, files)
        try await addStores(to: retailer, market, files)
        let agreement = try await market.makeAgreement(
            retailer: retailer, supplier: supplier, scope: ["brands": [.string(CampaignRules.manufacturer)]],
            startsOn: "2017-01-01", endsOn: "2018-12-31", feeBP: CampaignRules.feeBP)
        let treasurer = try await market.key(
            of: supplier, .treasurer, person: try await market.makePerson(of: supplier, .treasurer))
        let wallet: WalletID = try await market.post(
            "/v1/retailers/\(retailer)/wallets", as: treasurer, ["agreement_id": .string("\(agreement)")]
        ).id()
        let real = RealCampaign(
            market: market, files: files, retailer: retailer, supplier: supplier, wallet: wallet,
            campaign: try await draft(at: retailer, supplier, agreement, market),
            till: try await market.key(of: retailer, .till), treasurer: treasurer)
        try await real.fillWallet()
        try await real.approveAndLaunch()
        return real
    }

    private static func loadHistory(
        of retailer: RetailerID, at address: String, _ supplier: SupplierID, _ files: StagedFiles
    ) async throws {
        let folder = "/tmp/tradewind-history-\(getpid())"
        for name in ["", "/dev", "/common"] {
            unsafe _ = mkdir(folder + name, 0o777)
            unsafe _ = chmod(folder + name, 0o777)
        }
        _ = try await files.scratch.administer { tx in
            try tx.script("SET LOCAL search_path TO \(DataSet.completeJourney.schema);")
            try tx.script(CampaignRules.export(to: folder))
        }
        _ = try await DataSet.completeJourney.importAll(
            for: retailer, at: address, suppliers: [CampaignRules.manufacturer: supplier], from: folder)
        _ = try await Subprocess.run(.path("/bin/rm"), arguments: ["-rf", folder], output: .discarded)
    }

    /// Stores that history does not know yet.
    private static func addStores(to retailer: RetailerID, _ market: TestMarket, _ files: StagedFiles) async throws {
        let feed = try await market.key(of: retailer, .feed)
        let stores = try await files.ask(
            .completeJourney,
            """
            SELECT DISTINCT store_id FROM line WHERE day >= \(BusinessDay(CampaignRules.firstDay)!)
                AND store_id NOT IN (SELECT store_id FROM line WHERE day < \(BusinessDay(CampaignRules.firstDay)!))
            """
        ) { row in try row.next(String.self) }
        for store in stores {
            _ = try await market.put("/v1/retailers/\(retailer)/stores/\(store)", as: feed, ["name": .string(store)])
        }
    }

    private static func draft(
        at retailer: RetailerID, _ supplier: SupplierID, _ agreement: AgreementID, _ market: TestMarket
    ) async throws -> CampaignID {
        let marketer = try await market.key(
            of: supplier, .marketer, person: try await market.makePerson(of: supplier, .marketer))
        let goods: JSONValue = ["categories": [.string(CampaignRules.category)], "within_days": 365]
        let audience = try await market.post(
            "/v1/retailers/\(retailer)/audiences", as: marketer, ["name": "Cheese", "predicate": ["bought": goods]])
        let campaign: CampaignID = try await market.post(
            "/v1/retailers/\(retailer)/campaigns", as: marketer,
            [
                "name": "Cheese of 317", "agreement_id": .string("\(agreement)"),
                "products": ["brands": [.string(CampaignRules.manufacturer)]],
                "reward": ["type": "percent_off", "basis_points": .integer(CampaignRules.depthBP)],
                "discount_max_per_unit": .integer(CampaignRules.capPerUnit),
                "starts_at": .string("\(CampaignRules.firstDay)T00:00:00"),
                "ends_at": .string("\(CampaignRules.endDay)T00:00:00"),
                "limits": [
                    "units_per_shopper": .integer(CampaignRules.unitsPerShopper),
                    "units_per_receipt": .integer(CampaignRules.unitsPerReceipt),
                ],
                "budget": dollars(budget),
                "eligibility": ["type": "audience", "audience_id": audience.json["id"], "version": 1],
            ]
        ).id()
        try await must(market.post("/v1/retailers/\(retailer)/campaigns/\(campaign)/submit", as: marketer))
        return campaign
    }

    /// The supplier asks, the retailer's treasurer finds the payment.
    private func fillWallet() async throws {
        let topUps = "\(path)/wallets/\(wallet)/top-ups"
        let topUp: TopUpID = try await market.post(topUps, as: treasurer, ["amount": Self.dollars(Self.topUp)]).id()
        let receiver = try await market.key(
            of: retailer, .treasurer, person: try await market.makePerson(of: retailer, .treasurer))
        try await Self.must(
            market.post(
                "\(topUps)/\(topUp)/receive", as: receiver,
                [
                    "bank_id": "line-317", "payer": "317", "amount": Self.dollars(Self.topUp), "received_on": "2017-11-04",
                ], headers: [("Idempotency-Key", "receive-317")]))
    }

    private func approveAndLaunch() async throws {
        let approver = try await market.key(
            of: retailer, .approver, person: try await market.makePerson(of: retailer, .approver))
        let one = "\(path)/campaigns/\(campaign)"
        try await Self.must(market.post(one + "/approve", as: approver, headers: [("Idempotency-Key", "approve-317")]))
        try await Self.must(market.post(one + "/launch", as: treasurer, headers: [("Idempotency-Key", "launch-317")]))
    }

    static func dollars(_ cents: Int64) -> JSONValue { ["amount": .integer(cents), "currency": "USD"] }

    @discardableResult
    static func must(_ reply: TestClient.Reply) throws -> JSONValue {
        guard (200..<300).contains(reply.status) else {
            throw Refused(action: "a step of 317's campaign", status: reply.status, body: reply.text)
        }
        return reply.json
    }
}

extension RealCampaign {
    /// Each basket is quoted and then posted with the quoted discounts, at the time when it was sold.
    func sell(_ baskets: [LaterBasket]) async throws {
        var today = ""
        for basket in baskets {
            market.clock.set(basket.soldAt)
            if basket.day != today {
                today = basket.day
                try await advance()
            }
            let quote = try await send(path + "/quotes", basket.quote)
            _ = try await send(path + "/receipts", basket.receipt(quoted: quote))
        }
    }

    func advance() async throws {
        try await market.marketplace.campaignClock.advance(market.clock.now, at: retailer)
        try await market.marketplace.offerClock.advance(retailer, at: market.clock.now)
    }

    func send(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        let headers = [("Authorization", "Bearer \(till.text)"), ("Content-Type", "application/json")]
        return try Self.must(await market.client.send(.post, path, headers: headers, body: body.jsonBytes))
    }
}
