import App
import Campaigns
import Catalogue
import HTTPTypes
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// A retailer with one supplier and goods for many histories: each has two products, an agreement, a wallet and two
/// campaigns of its own, so that they share the books and nothing else.
struct HistoryTown: Sendable {
    /// Histories of one retailer.
    static let slots = 50

    let market: TestMarket
    let retailer: RetailerID
    let supplier: SupplierID
    let till: KeyToken
    let marketer: KeyToken
    let supplierTreasurer: KeyToken
    let approver: KeyToken
    let treasurer: KeyToken
    let second: KeyToken

    var base: String { "/v1/retailers/\(retailer)" }

    static func product(_ slot: Int, _ campaign: Int) -> String { "p\(slot)-\(campaign)" }

    /// Some divide by a hundred and some do not.
    static func price(_ slot: Int, _ campaign: Int) -> Int64 {
        100 * Int64(3 + (slot + campaign) % 5) + Int64((slot * 7 + campaign) % 13)
    }

    static func open(in market: TestMarket) async throws -> HistoryTown {
        market.clock.set(History.start)
        let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
        try await stock(retailer, in: market)
        return HistoryTown(
            market: market, retailer: retailer, supplier: supplier, till: try await market.key(of: retailer, .till),
            marketer: try await market.key(
                of: supplier, .marketer, person: try await market.makePerson(of: supplier, .marketer)),
            supplierTreasurer: try await market.key(
                of: supplier, .treasurer, person: try await market.makePerson(of: supplier, .treasurer)),
            approver: try await market.key(
                of: retailer, .approver, person: try await market.makePerson(of: retailer, .approver)),
            treasurer: try await market.key(
                of: retailer, .treasurer, person: try await market.makePerson(of: retailer, .treasurer)),
            second: try await market.key(
                of: retailer, .treasurer, person: try await market.makePerson(of: retailer, .treasurer)))
    }

    private static func stock(_ retailer: RetailerID, in market: TestMarket) async throws {
        let now = market.clock.now
        let goods = (0..<slots).flatMap { slot in (0..<2).map { (product(slot, $0), price(slot, $0)) } }
        try await market.database.transaction(as: .retailer(retailer)) { tx in
            _ = try tx.upsert([Category(id: CampaignTown.id("milk"), name: "Milk")], of: retailer)
            _ = try tx.upsert([Brand(id: CampaignTown.id("dairy"), name: "Dairy")], of: retailer)
            _ = try tx.upsert(
                [Store(id: CampaignTown.id("s1"), name: "Store", region: "r1", zone: "Europe/Moscow")], of: retailer, at: now)
            _ = try tx.upsert(
                goods.map {
                    Product(
                        id: CampaignTown.id($0.0), name: $0.0, brand: CampaignTown.id("dairy"), category: CampaignTown.id("milk"))
                }, of: retailer, at: now)
            _ = try tx.upsert(
                goods.map {
                    Price(
                        product: CampaignTown.id($0.0), validFrom: BusinessDay("2026-01-01")!,
                        amount: Money(minor: $0.1, asset: CampaignTown.asset))
                }, of: retailer)
        }
    }

    /// Past the tests' own book-keeping of exchanges, which reads the audit after each write.
    func send(
        _ method: HTTPRequest.Method, _ path: String, as key: KeyToken, _ body: JSONValue? = nil, once: String? = nil
    ) async throws -> TestClient.Reply {
        var headers = [("Authorization", "Bearer \(key.text)")]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let once { headers.append(("Idempotency-Key", once)) }
        return try await market.client.send(method, "\(base)/\(path)", headers: headers, body: body?.jsonBytes ?? [])
    }

    /// What `verify` finds, of all checks.
    func findings() async throws -> [String] {
        let verification = Verification(market.database)
        var found: [String] = []
        for check in Marketplace.checks {
            let report = try await verification.run(check, of: retailer)
            found += report.examples.map { "\(check.name) \($0.subject): \($0.detail)" }
        }
        return found
    }
}
