import App
import Campaigns
import EventLog
import JSONText
import Kernel
import Ledger
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport

/// A retailer with a store, two products, and a supplier whose audience is everyone tagged `vip`.
struct OfferTown: Sendable {
    let market: TestMarket
    let retailer: RetailerID
    let supplier: SupplierID
    let agreement: AgreementID
    let marketer: KeyToken
    let treasurer: KeyToken
    let approver: KeyToken
    let app: KeyToken
    let shoppers: [ExternalID: ShopperKey]
    let audience: JSONValue
    let wallet: WalletID

    var path: String { "/v1/retailers/\(retailer)" }

    /// The shoppers are `h1`, `h2`, ..., all of them `vip`.
    static func make(in market: TestMarket, shoppers count: Int = 60) async throws -> OfferTown {
        let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
        try await market.makeStores(1, of: retailer)
        try await market.makeProducts(2, of: retailer, suppliers: [supplier])
        try await market.makePrices(["p1": 10_000, "p2": 20_000], of: retailer)
        let shoppers = try await market.makeShoppers(count, of: retailer)
        try await market.load(retailer) { tx, now in
            // So low that the noise of suppliers' counts never hides the audience.
            _ = try tx.execute("UPDATE policy SET privacy_floor = 10 WHERE retailer_id = \(retailer)")
            _ = try tx.upsert(shoppers.keys.map { TagMembership(tag: TagName("vip")!, shopper: $0) }, of: retailer, at: now)
        }
        return try await enter(supplier, at: retailer, of: shoppers, in: market)
    }

    /// The same town for another supplier, whose audience is the same.
    func rival() async throws -> OfferTown {
        try await Self.enter(try await market.makeSupplier(), at: retailer, of: shoppers, in: market)
    }

    private static func enter(
        _ supplier: SupplierID, at retailer: RetailerID, of shoppers: [ExternalID: ShopperKey], in market: TestMarket
    ) async throws -> OfferTown {
        let agreement = try await market.makeAgreement(retailer: retailer, supplier: supplier)
        let marketer = try await market.key(
            of: supplier, .marketer, person: try await market.makePerson(of: supplier, .marketer))
        let treasurer = try await market.key(
            of: supplier, .treasurer, person: try await market.makePerson(of: supplier, .treasurer))
        let wallet: WalletID = try await market.post(
            "/v1/retailers/\(retailer)/wallets", as: treasurer, ["agreement_id": .string("\(agreement)")]
        ).id()
        try await fill(wallet, of: retailer, in: market)
        let audience = try await market.post(
            "/v1/retailers/\(retailer)/audiences", as: marketer,
            ["name": "VIP", "predicate": ["tags": ["any": ["vip"]]]])
        guard audience.status == 201 else { throw NotAnswered(reply: audience.text) }
        return OfferTown(
            market: market, retailer: retailer, supplier: supplier, agreement: agreement, marketer: marketer,
            treasurer: treasurer,
            approver: try await market.key(
                of: retailer, .approver, person: try await market.makePerson(of: retailer, .approver)),
            app: try await market.key(of: retailer, .app), shoppers: shoppers, audience: audience.json["id"],
            wallet: wallet)
    }

    private static func fill(_ wallet: WalletID, of retailer: RetailerID, in market: TestMarket) async throws {
        let id: TransferID = market.clock.world.newID()
        try await market.load(retailer) { tx, now in
            guard let account = try tx.wallet(wallet, of: retailer)?.account else { return }
            let bank = SharedAccount.external(.rouble)
            try tx.post(
                [
                    NewTransfer(
                        id: id, kind: .topUp, debit: bank.id(at: retailer), credit: account,
                        amount: Money(minor: 10_000_000, asset: .rouble), cause: EventSubject(kind: "test", id: "top-up"),
                        businessDay: now.utcDay)
                ], opening: [bank], of: retailer, at: now)
        }
    }

    /// 15 % off `p1` for the VIPs from Monday, 9 March, for two weeks; it runs and its offers are granted.
    func running(
        _ changes: [String: JSONValue] = [:], launchedAt: String = "2026-03-02T12:00:00Z"
    ) async throws -> CampaignID {
        let id = try await launch(changes, at: launchedAt)
        try await advance(to: "2026-03-09T09:00:00Z")
        return id
    }

    /// The same without the time that goes on.
    func launch(
        _ changes: [String: JSONValue] = [:], at launchedAt: String = "2026-03-02T12:00:00Z"
    ) async throws -> CampaignID {
        let usual: [String: JSONValue] = [
            "name": "Milk", "agreement_id": .string("\(agreement)"), "products": ["ids": ["p1"]],
            "reward": ["type": "percent_off", "basis_points": 1_500], "starts_at": "2026-03-09T00:00:00",
            "ends_at": "2026-03-23T00:00:00", "limits": ["units_per_shopper": 3, "units_per_receipt": 2],
            "budget": ["amount": 500_000, "currency": "RUB"],
            "eligibility": ["type": "audience", "audience_id": audience, "version": 1],
        ]
        market.clock.set(Instant(launchedAt)!)
        // Null takes a usual term away.
        let terms = JSONValue.object(usual.merging(changes) { $1 }.filter { $0.key != "reward" || $0.value != .null })
        let id: CampaignID = try await market.post("\(path)/campaigns", as: marketer, terms).id()
        for (action, key) in [("submit", marketer), ("approve", approver), ("launch", treasurer)] {
            try await act(id, action, as: key)
        }
        return id
    }

    func act(_ id: CampaignID, _ action: String, as key: KeyToken, _ body: JSONValue = [:]) async throws {
        let reply = try await market.post(
            "\(path)/campaigns/\(id)/\(action)", as: key, body,
            headers: [("Idempotency-Key", "\(market.clock.world.random())")])
        guard reply.status == 200 else { throw NotAnswered(reply: reply.text) }
    }

    /// So much of a campaign's budget is paid out.
    func spend(_ amount: Int64, of campaign: CampaignID) async throws {
        let (retailer, wallet) = (retailer, wallet)
        let id: TransferID = market.clock.world.newID()
        try await market.load(retailer) { tx, now in
            let payable = SharedAccount.payable(.rouble, owner: nil)
            try tx.post(
                [
                    NewTransfer(
                        id: id, kind: .redemption,
                        debit: .campaign(campaign.value, fundedBy: wallet, at: retailer), credit: payable.id(at: retailer),
                        amount: Money(minor: amount, asset: .rouble), campaign: campaign.value,
                        cause: EventSubject(kind: "test", id: "sales"), businessDay: now.utcDay)
                ], opening: [payable], of: retailer, at: now)
        }
    }

    /// Time goes on for campaigns and offers.
    func advance(to time: String) async throws {
        market.clock.set(Instant(time)!)
        try await market.marketplace.campaignClock.advance(market.clock.now, at: retailer)
        try await market.marketplace.offerClock.advance(retailer, at: market.clock.now)
    }

    func offers(
        of shopper: String, as key: KeyToken? = nil, _ query: String = "", language: String? = nil
    ) async throws -> TestClient.Reply {
        try await market.get(
            "\(path)/shoppers/\(shopper)/offers\(query)", as: key ?? app,
            headers: language.map { [("Accept-Language", $0)] } ?? [])
    }

    /// The campaigns whose offers a shopper is shown.
    func shown(to shopper: String) async throws -> [String] {
        try await offers(of: shopper).json["data"].elements.compactMap { $0["campaign_id"].string }
    }

    /// The campaigns that the till finds promised.
    func promised(to shopper: ExternalID, on day: String) async throws -> Set<CampaignID> {
        try await held(by: shopper, on: day).campaigns
    }

    /// The same with the depth of each.
    func held(by shopper: ExternalID, on day: String) async throws -> PromisesHeld {
        guard let key = shoppers[shopper] else { return PromisesHeld() }
        let retailer = retailer
        return try await market.load(retailer) { tx, _ in
            let campaigns = try tx.query(
                "SELECT DISTINCT campaign_id FROM offer_grant WHERE retailer_id = \(retailer) ORDER BY campaign_id",
                { row in try row.next(CampaignID.self) })
            let question = PromiseQuestion(shopper: key, day: BusinessDay(day)!, moment: nil)
            return try tx.promised(to: [question], among: campaigns, of: retailer)[0]
        }
    }

    func events(_ type: String) async throws -> [LoggedEvent] {
        let retailer = retailer
        return try await market.load(retailer) { tx, _ in try tx.events(of: retailer, after: 0, limit: 1_000) }
            .filter { $0.type == type }
    }

    func set(_ flags: ShopperFlags, of shopper: ExternalID) async throws {
        let retailer = retailer
        try await market.load(retailer) { tx, now in
            _ = try tx.upsert([Shopper(id: shopper, flags: flags)], of: retailer, at: now)
        }
    }
}

/// A step of a test's preparation was refused.
struct NotAnswered: Error {
    let reply: String
}
