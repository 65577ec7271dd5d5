import App
import HTTPTypes
import JSONText
import Kernel
import TestSupport
import Testing

/// A shopper with four cards who did everything that a shopper can do, and is erased while it goes on.
struct ErasedShopper: Sendable {
    /// Ids that are found wherever they stand.
    static let marked = ["forget-me-4a91c7-1", "forget-me-4a91c7-2", "forget-me-4a91c7-3"]
    /// With one that the campaign was launched for.
    static let ids = marked + ["h7"]
    private static let mark = "forget-me-4a91c7"
    /// Minor units that its own receipts had funded.
    static let discountsMin: Int64 = 1_500

    private let town: ServedTown
    private let feed: String
    private let app: String
    private let admin: String
    private let today: String

    /// Whether a text has one of the ids that are found anywhere, as it is or in hexadecimal.
    static func found(in text: String) -> Bool {
        let hex = mark.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return text.contains(mark) || text.contains(hex) || text.contains("\"h7\"") || text.contains("\th7\t")
    }

    static func living(in town: ServedTown) async throws -> ErasedShopper {
        let api = ServedAPI(program: town.program, platform: town.platform)
        let quote = try await town.insist(.post, town.path + "/quotes", ServedTown.quote(of: "h7", base: ServedTown.basePrice))
        let shopper = ErasedShopper(
            town: town, feed: try await api.key(town.path, role: "feed"), app: try await api.key(town.path, role: "app"),
            admin: try await api.personsKey(town.path, role: "admin"), today: quote.json["business_day"].string ?? "")
        try await shopper.register()
        try await shopper.load(1)
        try await shopper.buy()
        try await shopper.blunder()
        return shopper
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil, as key: String
    ) async throws -> TestClient.Reply {
        try await ServedAPI(program: town.program, platform: "").send(method, town.path + path, body, as: key)
    }

    private func must(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil, as key: String) async throws {
        let reply = try await send(method, path, body, as: key)
        #expect((200..<300).contains(reply.status), "\(method) \(path): \(reply.text)")
    }

    /// Cards one by one, on lists, merged into one.
    private func register() async throws {
        for id in Self.marked {
            try await must(.put, "/shoppers/\(id)", ["push": true, "adult": "yes"], as: feed)
            try await must(.put, "/shoppers/\(id)/tags/cats", as: feed)
        }
        try await must(.post, "/tags/loyal/members", ["add": .array(Self.marked.map { .string($0) }), "remove": []], as: feed)
        for id in Self.ids.dropFirst() {
            try await must(.post, "/shoppers/\(id)/merge", ["into": .string(Self.marked[0])], as: feed)
        }
    }

    /// In files, some lines of which are rejected and kept for whoever sent them.
    private func load(_ number: Int) async throws {
        let id = Self.marked[1]
        let sale = receipt("bulk-\(number)", discounts: [])
        let files: [(String, [String])] = [
            ("shoppers", [#"{"shopper_id":"\#(id)","push":true}"#, #"{"shopper_id":"\#(id)","adult":"perhaps"}"#]),
            ("tags", [#"{"shopper_id":"\#(id)","tag":"cats"}"#, #"{"shopper_id":"\#(id)","tag":""}"#]),
            (
                "receipts",
                [
                    String(decoding: sale.jsonBytes, as: UTF8.self), #"{"shopper_id":"\#(id)","number":"broken"}"#,
                    #"{"shopper_id":"\#(id)"#,
                ]
            ),
        ]
        for (kind, lines) in files {
            let reply = try await town.program.client?.send(
                .post, "\(town.path)/imports/\(kind)",
                headers: [("Authorization", "Bearer \(feed)"), ("Content-Type", "application/x-ndjson")],
                body: Array(lines.joined(separator: "\n").utf8))
            #expect(reply?.json["accepted"].integer ?? 0 > 0 && reply?.json["rejected"].integer ?? 0 > 0, "\(reply?.text ?? "")")
        }
    }

    /// Sales with and without a discount, one that comes back in part, one that is void, one put aside, a basket that waits.
    private func buy() async throws {
        let id = Self.marked[0]
        try await sell("sale-1", to: id, quoted: true)
        try await sell("sale-2", to: Self.marked[2], quoted: false)
        try await sell("sale-3", to: id, quoted: true)
        try await sell("sale-4", to: id, quoted: true)
        let origin: (String) -> JSONValue = { number in
            ["store_id": "s1", "till": "1", "business_day": .string(today), "number": .string(number)]
        }
        var back = ServedTown.line(ServedTown.basePrice).members
        (back["original"], back["paid_amount"]) = (["key": origin("sale-1"), "line_no": 1], 8_500)
        let returned = receipt("back-1", discounts: [], changes: ["kind": "return", "lines": [.object(back)]])
        try await must(.post, "/receipts", returned, as: town.till)
        try await must(
            .post, "/receipts",
            receipt("void-1", discounts: [], changes: ["kind": "void", "original": origin("sale-3"), "lines": []]), as: town.till)
        let soon = OutsideWorld.real.now().utcDay.adding(days: 5)
        let aside = receipt("aside-1", discounts: [], changes: ["business_day": .string("\(soon)")])
        let reply = try await send(.post, "/receipts", aside, as: town.till)
        #expect(reply.json["state"] == "quarantined", "\(reply.text)")
        let hold = ServedTown.quote(of: id, base: ServedTown.basePrice, hold: "basket-1")
        let held = try await send(.post, "/quotes", hold, as: town.till)
        #expect(held.json["held"] == true, "\(held.text)")
    }

    /// Requests that are refused.
    private func blunder() async throws {
        let id = Self.marked[0]
        for (method, path, body, key) in [
            (HTTPRequest.Method.get, "/shoppers/\(id)/offers?store_id=nowhere", JSONValue?.none, app),
            (.post, "/shoppers/\(id)/merge", ["into": "unknown"], feed), (.put, "/shoppers/\(id)", ["kind": .string(id)], feed),
            (.get, "/shoppers/\(id)x", nil, feed), (.post, "/receipts", ["shopper_id": .string(id)], town.till),
            (.post, "/receipts", receipt("sale-1", discounts: [], changes: ["sold_at": "2026-01-01T00:00:00Z"]), town.till),
            (.post, "/quotes", ["shopper_id": .string(id), "store_id": "s1", "lines": []], town.till),
            (.get, "/shoppers/\(id)", nil, town.till),
        ] {
            let reply = try await send(method, path, body, as: key)
            #expect((400..<500).contains(reply.status), "\(method) \(path): \(reply.status) \(reply.text)")
        }
    }

    private func sell(_ number: String, to id: String, quoted: Bool) async throws {
        var discounts: [JSONValue] = []
        if quoted {
            let quote = try await send(.post, "/quotes", ServedTown.quote(of: id, base: ServedTown.basePrice), as: town.till).json
            let given = quote["lines"][0]["discounts"][0]
            #expect(given != .null, "\(quote)")
            discounts = [
                ["campaign_id": given["campaign_id"], "amount": given["amount"], "quote_id": quote["quote_id"]]
            ]
        }
        try await must(
            .post, "/receipts", receipt(number, discounts: discounts, changes: ["shopper_id": .string(id)]), as: town.till)
    }

    private func receipt(_ number: String, discounts: [JSONValue], changes: [String: JSONValue] = [:]) -> JSONValue {
        let sale: [String: JSONValue] = [
            "store_id": "s1", "till": "1", "business_day": .string(today), "number": .string(number),
            "sold_at": .string("\(OutsideWorld.real.now())"), "shopper_id": .string(Self.marked[1]),
            "lines": [ServedTown.line(ServedTown.basePrice, discounts: discounts)],
        ]
        return .object(sale.merging(changes) { $1 })
    }

    /// Erased again and again while tills sell to its cards and a file names them, each of which makes a new shopper of the
    /// card; and once more when all of them are done.
    func eraseUnderWay() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for till in 0..<4 {
                group.addTask {
                    for place in 0..<12 {
                        let id = Self.ids[(till + place) % Self.ids.count]
                        try await must(
                            .post, "/receipts",
                            receipt("rush-\(till)-\(place)", discounts: [], changes: ["shopper_id": .string(id)]), as: town.till)
                    }
                }
            }
            group.addTask { for number in 2...4 { try await load(number) } }
            group.addTask { for _ in 0..<6 { for id in Self.ids { try await erase(id) } } }
            try await group.waitForAll()
        }
        for id in Self.ids { try await erase(id) }
    }

    private func erase(_ id: String) async throws {
        let reply = try await send(.delete, "/shoppers/\(id)", as: admin)
        #expect([204, 404].contains(reply.status), "\(reply.text)")
    }

    /// What the retailer reads afterwards.
    func answers() async throws -> [String] {
        var answers: [String] = []
        for path in [
            "/receipts/s1/\(today)/1/-/sale-1", "/receipts/s1/\(today)/1/-/back-1", "/events?limit=100", "/audit?limit=100",
            "/imports", "/tags", "/statements", "/campaigns/\(town.campaign)/spend",
        ] {
            let reply = try await send(.get, path, as: admin)
            #expect(reply.status == 200, "\(path): \(reply.text)")
            answers.append(reply.text)
        }
        for id in Self.ids {
            for path in ["/shoppers/\(id)", "/shoppers/\(id)/offers"] {
                let reply = try await send(.get, path, as: path.hasSuffix("offers") ? app : admin)
                if path.hasSuffix("offers") {
                    #expect(reply.status == 404 || reply.json["data"] == [], "\(path): \(reply.text)")
                } else {
                    #expect(reply.status == 404, "\(path): \(reply.text)")
                }
            }
        }
        let replay = try await send(
            .post, "/receipts", receipt("sale-2", discounts: [], changes: ["shopper_id": .string(Self.marked[2])]), as: town.till)
        #expect([200, 409].contains(replay.status), "\(replay.text)")
        return answers
    }

    /// Something that endpoints hear of: the campaign's offers are withdrawn.
    func tellAll() async throws {
        try await must(.post, "/campaigns/\(town.campaign)/pause", ["reason": "recall"], as: town.approver)
    }
}
