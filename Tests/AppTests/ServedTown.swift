import App
import HTTPTypes
import JSONText
import Kernel
import TestSupport
import Testing

/// A retailer with a store, a supplier, and a campaign that runs: 15 % off `p1` for the 400 shoppers `h1`, `h2`, ... on a
/// list of the retailer's. Made through the public API alone, from the first key on.
struct ServedTown: Sendable {
    static let shoppers = 400
    static let basePrice: Int64 = 10_000

    let program: ServedProgram
    let retailer: String
    let campaign: String
    let till: String
    let approver: String
    /// Of the platform's administrator.
    var platform = ""
    /// Other nodes on the same database.
    var peers: [ServedProgram] = []

    var path: String { "/v1/retailers/\(retailer)" }

    /// `beforeLaunch` is given the retailer's path.
    static func make(
        in program: ServedProgram, budget: Int64, feeBP: Int64,
        beforeLaunch: (ServedAPI, String) async throws -> Void = { _, _ in }
    ) async throws -> ServedTown {
        let keys = try await BuiltProgram.run(["keys", "bootstrap"] + program.options)
        try #require(keys.isSuccess, "\(keys.output)")
        let api = ServedAPI(program: program, platform: String(keys.output.split(separator: "\n").last ?? ""))
        let retailer = try await api.create(
            "/v1/retailers", ["name": "Grocer", "currency": "RUB", "zone": "Europe/Moscow", "language": "ru"])
        let supplier = try await api.create("/v1/suppliers", ["name": "Dairy"])
        let home = "/v1/retailers/\(retailer)"
        try await api.addCatalogue(to: home, suppliedBy: supplier)
        let agreement = try await api.agree(home, supplier, feeBP: feeBP)
        let treasurer = try await api.personsKey("/v1/suppliers/\(supplier)", role: "treasurer")
        let wallet = try await api.create(home + "/wallets", ["agreement_id": .string(agreement)], as: treasurer)
        try await api.topUp(home + "/wallets/\(wallet)", budget, by: treasurer, receivedBy: home)
        let marketer = try await api.personsKey("/v1/suppliers/\(supplier)", role: "marketer")
        let audience = try await api.create(
            home + "/audiences", ["name": "Loyal", "predicate": ["tags": ["any": ["loyal"]]]], as: marketer)
        let approver = try await api.personsKey(home, role: "approver")
        try await beforeLaunch(api, home)
        let campaign = try await api.launch(
            home, terms(agreement, audience, budget), by: marketer, treasurer: treasurer, approver: approver)
        let town = ServedTown(
            program: program, retailer: retailer, campaign: campaign, till: try await api.key(home, role: "till"),
            approver: approver, platform: api.platform)
        try await town.waitForOffers()
        return town
    }

    /// Starts in some seconds, or when it is launched where that takes longer.
    private static func terms(_ agreement: String, _ audience: String, _ budget: Int64) -> JSONValue {
        let moscow = OutsideWorld.real.now().adding(seconds: 3 * 3600 + 5)
        let local = { (time: Instant) -> JSONValue in .string(String("\(time)".prefix(19))) }
        return [
            "name": "Loyal milk", "agreement_id": .string(agreement), "products": ["ids": ["p1"]],
            "reward": ["type": "percent_off", "basis_points": 1_500], "discount_max_per_unit": 5_000,
            "starts_at": local(moscow), "ends_at": local(moscow.adding(seconds: 7 * 86_400)), "late_start": true,
            "limits": ["units_per_shopper": 100, "units_per_receipt": 10],
            "budget": ["amount": .integer(budget), "currency": "RUB"],
            "eligibility": ["type": "audience", "audience_id": .string(audience), "version": 1],
        ]
    }

    /// Until the campaign runs and its offers are granted: a quote then has a discount.
    private func waitForOffers() async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < deadline {
            let quote = try await insist(.post, path + "/quotes", Self.quote(of: "h1", base: Self.basePrice)).json
            if quote["lines"][0]["discounts"][0] != .null { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        Issue.record("the campaign's offers were not granted")
    }

    static func quote(of shopper: String, base: Int64, hold basket: String? = nil) -> JSONValue {
        var body: [String: JSONValue] = [
            "store_id": "s1", "shopper_id": .string(shopper), "lines": [line(base)],
        ]
        if let basket { body.merge(["basket_id": .string(basket), "hold": true]) { $1 } }
        return .object(body)
    }

    static func line(_ base: Int64, discounts: [JSONValue] = []) -> JSONValue {
        var line: [String: JSONValue] = [
            "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": .integer(base),
            "base_amount": .integer(base),
        ]
        if !discounts.isEmpty { line["discounts"] = .array(discounts) }
        return .object(line)
    }

    /// What the campaign's accounts say.
    func spend() async throws -> [String: Int64] {
        let json = try await insist(.get, path + "/campaigns/\(campaign)/spend", nil, as: approver).json
        return json.members.compactMapValues { $0["amount"].integer }
    }

    /// Sends the same until it is acknowledged: whatever was lost on the way takes effect once.
    func insist(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue?, as key: String? = nil
    ) async throws -> TestClient.Reply {
        try await ServedAPI(nodes: [program] + peers, platform: "").send(method, path, body, as: key ?? till)
    }
}
