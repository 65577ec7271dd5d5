import App
import HTTPTypes
import JSONText
import Kernel
import TestSupport

/// Requests to nodes that may be down for a while. Each try goes to any of them.
struct ServedAPI: Sendable {
    static let attemptsMax = 2_000

    let nodes: [ServedProgram]
    let platform: String

    init(program: ServedProgram, platform: String) { self.init(nodes: [program], platform: platform) }

    init(nodes: [ServedProgram], platform: String) {
        self.nodes = nodes
        self.platform = platform
    }

    struct GaveUp: Error {
        let path: String
        let last: String
    }

    /// Again and again until there is an answer that no retry would better; one of our faults is none.
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue?, as key: String
    ) async throws -> TestClient.Reply {
        var headers = [("Authorization", "Bearer \(key)"), ("Idempotency-Key", "once-\(OutsideWorld.real.random())")]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        var last = "no answer"
        for _ in 0..<Self.attemptsMax {
            if let reply = try? await nodes.randomElement()?.client?.send(
                method, path, headers: headers, body: body?.jsonBytes ?? [])
            {
                guard reply.status == 503 else { return reply }
                last = reply.text
            }
            try await Task.sleep(for: .milliseconds(Int64.random(in: 10...60)))
        }
        throw GaveUp(path: path, last: last)
    }

    @discardableResult
    func must(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue, as key: String? = nil
    ) async throws -> JSONValue {
        let reply = try await send(method, path, body, as: key ?? platform)
        guard (200..<300).contains(reply.status) else {
            throw Refused(action: "\(method) \(path)", status: reply.status, body: reply.text)
        }
        return reply.json
    }

    func create(_ path: String, _ body: JSONValue, as key: String? = nil) async throws -> String {
        try await must(.post, path, body, as: key)["id"].string ?? ""
    }

    func key(_ organisation: String, role: String, person: String? = nil) async throws -> String {
        var body: [String: JSONValue] = ["name": .string(role), "roles": [.string(role)]]
        if let person { body["person_id"] = .string(person) }
        return try await must(.post, organisation + "/keys", .object(body))["token"].string ?? ""
    }

    /// A key of a new person who holds a role.
    func personsKey(_ organisation: String, role: String) async throws -> String {
        let person = try await create("/v1/persons", ["display_name": .string(role)])
        try await must(.put, "\(organisation)/persons/\(person)", ["roles": [.string(role)]])
        return try await key(organisation, role: role, person: person)
    }

    func addCatalogue(to home: String, suppliedBy supplier: String) async throws {
        let feed = try await key(home, role: "feed")
        try await must(.put, home + "/stores/s1", ["name": "Store"], as: feed)
        try await must(
            .put, home + "/products/p1", ["name": "Milk", "brand_id": "dairy", "supplier_ids": [.string(supplier)]], as: feed)
        try await must(
            .post, home + "/products/p1/prices",
            [
                "kind": "regular", "valid_from": "2020-01-01",
                "price": ["amount": .integer(ServedTown.basePrice), "currency": "RUB"],
            ], as: feed)
        let shoppers = (1...ServedTown.shoppers).map { JSONValue.string("h\($0)") }
        try await must(.put, home + "/tags/loyal/members", ["shopper_ids": .array(shoppers)], as: feed)
    }

    func agree(_ home: String, _ supplier: String, feeBP: Int64) async throws -> String {
        let today = OutsideWorld.real.now().utcDay
        let agreement = try await create(
            home + "/agreements",
            [
                "supplier_id": .string(supplier), "name": "Agreement", "starts_on": .string("\(today.adding(days: -1))"),
                "ends_on": .string("\(today.adding(days: 60))"), "fee_bp": .integer(feeBP), "depth_max_bp": 5_000,
                "money_holder": "retailer", "insight_scope": "all",
                "scope": [:],
            ])
        for step in ["sign", "activate"] { try await must(.post, home + "/agreements/\(agreement)/\(step)", ["reason": "test"]) }
        return agreement
    }

    /// The supplier asks, and the retailer's treasurer finds the payment.
    func topUp(_ wallet: String, _ amount: Int64, by treasurer: String, receivedBy home: String) async throws {
        let money: JSONValue = ["amount": .integer(amount), "currency": "RUB"]
        let topUp = try await create(wallet + "/top-ups", ["amount": money], as: treasurer)
        try await must(
            .post, wallet + "/top-ups/\(topUp)/receive",
            [
                "bank_id": "line-1", "payer": "Dairy LLC", "amount": money,
                "received_on": .string("\(OutsideWorld.real.now().utcDay)"),
            ], as: try await personsKey(home, role: "treasurer"))
    }

    func launch(
        _ home: String, _ terms: JSONValue, by marketer: String, treasurer: String, approver: String
    ) async throws -> String {
        let campaign = try await create(home + "/campaigns", terms, as: marketer)
        let steps = [("submit", marketer), ("approve", approver), ("launch", treasurer)]
        for (step, key) in steps { try await must(.post, home + "/campaigns/\(campaign)/\(step)", [:], as: key) }
        return campaign
    }
}
