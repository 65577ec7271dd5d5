import App
package import Campaigns
import Catalogue
import EventLog
package import JSONText
package import Kernel
package import Ledger
package import Parties
import Postgres
import Tenancy

/// A retailer in Moscow with two stores and three products, and a supplier with an agreement and a filled wallet.
package struct CampaignTown: Sendable {
    package static let asset = Asset(stored: "RUB")

    package let market: TestMarket
    package let retailer: RetailerID
    package let supplier: SupplierID
    package let agreement: AgreementID
    package let wallet: WalletID
    /// The supplier's marketer and treasurer, and the retailer's approver: three persons.
    package let marketer: KeyToken
    package let treasurer: KeyToken
    package let approver: KeyToken

    package var path: String { "/v1/retailers/\(retailer)/campaigns" }

    package static func make(
        in market: TestMarket, balance: Int64 = 1_000_000, feeBP: Int64 = 0, depthMaxBP: Int64 = 5_000,
        scope: JSONValue = [:], autoApproval: JSONValue = nil, unfundedBearers: JSONValue = [:],
        zones: [String] = ["Europe/Moscow", "Europe/Moscow"]
    ) async throws -> CampaignTown {
        let retailer = try await market.makeRetailer()
        try await addCatalogue(to: retailer, in: market, zones: zones)
        return try await join(
            retailer, as: try await market.makeSupplier(), in: market, balance: balance, feeBP: feeBP, depthMaxBP: depthMaxBP,
            scope: scope, autoApproval: autoApproval, unfundedBearers: unfundedBearers)
    }

    /// A supplier with an agreement, a filled wallet and people of its own at a retailer that has its catalogue.
    package static func join(
        _ retailer: RetailerID, as supplier: SupplierID, in market: TestMarket, balance: Int64 = 1_000_000, feeBP: Int64 = 0,
        depthMaxBP: Int64 = 5_000, scope: JSONValue = [:], autoApproval: JSONValue = nil, unfundedBearers: JSONValue = [:]
    ) async throws -> CampaignTown {
        let agreement = try await market.makeAgreement(
            retailer: retailer, supplier: supplier, scope: scope, feeBP: feeBP, depthMaxBP: depthMaxBP,
            autoApproval: autoApproval, unfundedBearers: unfundedBearers)
        let treasurer = try await market.key(
            of: supplier, .treasurer, person: try await market.makePerson(of: supplier, .treasurer))
        let wallet: WalletID = try await market.post(
            "/v1/retailers/\(retailer)/wallets", as: treasurer, ["agreement_id": .string("\(agreement)")]
        ).id()
        let town = CampaignTown(
            market: market, retailer: retailer, supplier: supplier, agreement: agreement, wallet: wallet,
            marketer: try await market.key(
                of: supplier, .marketer, person: try await market.makePerson(of: supplier, .marketer)),
            treasurer: treasurer,
            approver: try await market.key(
                of: retailer, .approver, person: try await market.makePerson(of: retailer, .approver)))
        if balance > 0 { try await town.topUp(balance) }
        return town
    }

    package static func addCatalogue(
        to retailer: RetailerID, in market: TestMarket, zones: [String] = ["Europe/Moscow", "Europe/Moscow"]
    ) async throws {
        let now = market.clock.now
        try await market.database.transaction(as: .retailer(retailer)) { tx in
            _ = try tx.upsert([Category(id: id("milk"), name: "Milk")], of: retailer)
            _ = try tx.upsert([Brand(id: id("dairy"), name: "Dairy"), Brand(id: id("other"), name: "Other")], of: retailer)
            _ = try tx.upsert(
                zones.enumerated().map { Store(id: id("s\($0 + 1)"), name: "Store", region: "r\($0 + 1)", zone: $1) },
                of: retailer, at: now)
            _ = try tx.upsert(
                [("p1", "dairy"), ("p2", "dairy"), ("p3", "other")].map {
                    Product(id: id($0.0), name: $0.0, brand: id($0.1), category: id("milk"))
                }, of: retailer, at: now)
            _ = try tx.upsert(
                [("p1", 10_000), ("p2", 20_000), ("p3", 5_000)].map {
                    Price(
                        product: id($0.0), validFrom: BusinessDay("2026-01-01")!,
                        amount: Money(minor: $0.1, asset: CampaignTown.asset))
                }, of: retailer)
            _ = try tx.upsert(
                [
                    PriceBound(
                        product: id("p1"), kind: .cost, validFrom: BusinessDay("2026-01-01")!,
                        amount: Money(minor: 7_000, asset: CampaignTown.asset))
                ], of: retailer)
        }
    }

    package static func id(_ text: String) -> ExternalID { ExternalID(stored: text) }

    /// With its paper: asked for by the supplier's treasurer, found at the bank by the retailer's.
    package func topUp(_ amount: Int64) async throws {
        let path = "/v1/retailers/\(retailer)/wallets/\(wallet)/top-ups"
        let money: JSONValue = ["amount": .integer(amount), "currency": .string(Self.asset.code)]
        let receiver = try await market.key(
            of: retailer, .treasurer, person: try await market.makePerson(of: retailer, .treasurer))
        let asked = try await market.post(path, as: treasurer, ["amount": money])
        let once = "\(market.clock.world.random())"
        let received = try await market.post(
            "\(path)/\(asked.json["id"].string ?? "")/receive", as: receiver,
            [
                "bank_id": .string("bank-\(once)"), "payer": "Dairy LLC", "amount": money,
                "received_on": .string("\(market.clock.now.utcDay)"),
            ], headers: [("Idempotency-Key", "receive-\(once)")])
        guard received.status == 200 else { throw Refused(action: "top up", status: received.status, body: received.text) }
    }

    /// The wallet's owner wants to be told when it falls below so many minor units.
    package func setLowBalance(_ threshold: Int64) async throws {
        let reply = try await market.put(
            "/v1/retailers/\(retailer)/wallets/\(wallet)/low-balance", as: treasurer,
            ["threshold": ["amount": .integer(threshold), "currency": .string(Self.asset.code)]])
        guard reply.status == 200 else {
            throw Refused(action: "set low balance", status: reply.status, body: reply.text)
        }
    }

    /// What the wallet has now.
    package func balance() async throws -> Int64 {
        let (retailer, wallet) = (retailer, wallet)
        return try await market.database.read(as: .retailer(retailer)) { tx in
            guard let account = try tx.wallet(wallet, of: retailer)?.account else { return -1 }
            return try tx.accounts([account], of: retailer).first?.available ?? -1
        }
    }

    /// 15 % off the brand's products for everybody, from Monday to Sunday of next week, unless a test says otherwise.
    package func terms(_ changes: [String: JSONValue] = [:]) -> JSONValue {
        let usual: [String: JSONValue] = [
            "name": "Weekend milk", "agreement_id": .string("\(agreement)"), "products": ["brands": ["dairy"]],
            "reward": ["type": "percent_off", "basis_points": 1_500], "starts_at": "2026-03-09T00:00:00",
            "ends_at": "2026-03-16T00:00:00", "limits": ["units_per_shopper": 3, "units_per_receipt": 2],
            "budget": ["amount": 500_000, "currency": "RUB"], "eligibility": ["type": "everyone"],
        ]
        var terms = usual.merging(changes) { $1 }
        if terms["basket_reward"] ?? .null != .null { terms["reward"] = nil }
        return .object(terms)
    }

    package func draft(_ changes: [String: JSONValue] = [:]) async throws -> CampaignID {
        try await market.post(path, as: marketer, terms(changes)).id()
    }

    package func submitted(_ changes: [String: JSONValue] = [:]) async throws -> CampaignID {
        let id = try await draft(changes)
        try await act(id, "submit", as: marketer)
        return id
    }

    package func approved(_ changes: [String: JSONValue] = [:]) async throws -> CampaignID {
        let id = try await submitted(changes)
        try await act(id, "approve", as: approver)
        return id
    }

    package func launched(_ changes: [String: JSONValue] = [:]) async throws -> CampaignID {
        let id = try await approved(changes)
        try await act(id, "launch", as: treasurer)
        return id
    }

    /// An action that must succeed.
    @discardableResult
    package func act(_ id: CampaignID, _ action: String, as key: KeyToken, _ body: JSONValue = [:]) async throws
        -> TestClient.Reply
    {
        let reply = try await attempt(id, action, as: key, body)
        guard reply.status == 200 else { throw Refused(action: action, status: reply.status, body: reply.text) }
        return reply
    }

    package func attempt(_ id: CampaignID, _ action: String, as key: KeyToken, _ body: JSONValue = [:]) async throws
        -> TestClient.Reply
    {
        let once = "\(action)-\(market.clock.world.random())"
        return try await market.post("\(path)/\(id)/\(action)", as: key, body, headers: [("Idempotency-Key", once)])
    }

    package func state(_ id: CampaignID) async throws -> String? {
        try await market.get("\(path)/\(id)", as: approver).json["state"].string
    }

    package func advance(to time: String) async throws {
        market.clock.set(Instant(time)!)
        try await market.marketplace.campaignClock.advance(market.clock.now, at: retailer)
    }

    package func eventTypes(of id: CampaignID) async throws -> [String] {
        let retailer = retailer
        let events = try await market.database.read(as: .retailer(retailer)) { tx in
            try tx.events(of: retailer, after: 0, limit: 1_000)
        }
        return events.filter { $0.subject.id == "\(id)" }.map(\.type)
    }
}

/// A step of a test's way that had to succeed.
package struct Refused: Error {
    package let action: String
    package let status: Int
    package let body: String

    package init(action: String, status: Int, body: String) {
        self.action = action
        self.status = status
        self.body = body
    }
}
