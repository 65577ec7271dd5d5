import Campaigns
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// `POST .../quotes/explain`: why a basket gets what it gets, and what campaigns would do that do not run yet.
@Suite struct ExplainTests {
    private static let basket: JSONValue = [
        "store_id": "s1", "shopper_id": "h1", "lines": [Till.line(1, "p1", 30_000, quantity: 3)],
    ]

    @Test func `it says what a quote says, and what is left of money and limits`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 3, "units_per_receipt": 2])
            try await till.buy("1", units: 1, by: "h1")
            let analyst = try await market.key(of: till.town.retailer, .analyst)
            let path = "/v1/retailers/\(till.town.retailer)/quotes"
            let quote = try await market.post(path, as: till.key, Self.basket, headers: [("Accept-Language", "ru")])
            let explained = try await market.post(
                "\(path)/explain", as: analyst, Self.basket, headers: [("Accept-Language", "ru")])
            let before = try await till.spend()

            #expect(explained.status == 200, "\(explained.text)")
            for member in ["business_day", "total_discount", "lines", "reasons"] {
                #expect(explained.json[member] == quote.json[member], "\(member)")
            }
            let discount = quote.json["lines"][0]["discounts"][0]
            #expect(discount["units"] == 2 && discount["amount"] == 3_000)
            #expect(discount["funded_by"] == "supplier" && discount["label"] == "Скидка от поставщика")
            #expect(discount["shares"].elements.map { $0["amount"] } == [3_000])
            #expect(
                discount["limits_left"] == [
                    "units": 0, "units_per_shopper": 0, "units_per_shopper_week": nil, "units_per_shopper_day": nil,
                    "units_per_receipt": 0,
                ])
            let reason = quote.json["reasons"][0]
            #expect(reason["reason"] == "limit_reached" && reason["units"] == 1)
            #expect(reason["text"] == "Вы использовали все единицы этого предложения.")
            let campaign = explained.json["campaigns"][0]
            #expect(campaign["campaign_id"] == .string("\(till.campaign)") && campaign["state"] == "running")
            #expect(campaign["rehearsed"] == false && campaign["for_everyone"] == true && campaign["shopper"] == nil)
            #expect(campaign["budget_left"]["amount"] == .integer(500_000 - 1_650))
            #expect(campaign["local_time"] == "2026-03-09T12:00:00" && campaign["runs_in_store"] == true)
            #expect(
                campaign["limits"].elements.map { [$0["limit"], $0["units"], $0["left"]] } == [
                    ["units_per_receipt", 2, 2], ["units_per_shopper", 3, 2],
                ])
            #expect(before == [500_000 - 1_650, 1_650, 0], "nothing is kept")
        }
    }

    @Test func `a discount has the label of its campaign, else the ready one, in the language that is asked for`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, presentation: ["label": ["en": "Dairy days", "de": "Milchtage"]])
            let path = "/v1/retailers/\(till.town.retailer)/quotes"
            var labels: [JSONValue] = []
            for language in ["en-GB", "de", "fr, ru;q=0.5", "fr"] {
                let quote = try await market.post(path, as: till.key, Self.basket, headers: [("Accept-Language", language)])
                labels.append(quote.json["lines"][0]["discounts"][0]["label"])
            }

            #expect(labels == ["Dairy days", "Milchtage", "Скидка от поставщика", "Скидка от поставщика"])
        }
    }

    @Test func `campaigns are tried before they are launched, at a time when they would run`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, endsAt: "2026-03-12T00:00:00")
            let deeper = try await till.town.submitted([
                "name": "Deeper", "reward": ["type": "percent_off", "basis_points": 3_000], "starts_at": "2026-03-20T00:00:00",
                "ends_at": "2026-03-27T00:00:00", "discount_max_per_unit": 4_000,
            ])
            let marketer = try await market.key(of: till.town.retailer, .marketer)
            let path = "/v1/retailers/\(till.town.retailer)/quotes/explain"
            let ask: (JSONValue) async throws -> JSONValue = { changes in
                let body = JSONValue.object(Self.basket.members.merging(changes.members) { $1 })
                let reply = try await market.post(path, as: marketer, body)
                guard reply.status == 200 else { throw Refused(action: "explain", status: reply.status, body: reply.text) }
                return reply.json
            }
            let named: JSONValue = [.string("\(deeper)")]

            let now = try await ask(["campaign_ids": named])
            let later = try await ask(["campaign_ids": named, "at": "2026-03-21T09:00:00Z"])
            let unnamed = try await ask(["at": "2026-03-21T09:00:00Z"])
            let quote = try await till.quote(lines: [Till.line(1, "p1", 30_000, quantity: 3)], shopper: "h1")

            #expect(now["total_discount"]["amount"] == 4_500)
            #expect(now["reasons"].elements.map { $0["reason"] } == ["not_started"])
            #expect(later["business_day"] == "2026-03-21")
            #expect(later["total_discount"]["amount"] == .integer(2 * 3_000), "two units on a receipt")
            #expect(later["lines"][0]["discounts"][0]["campaign_id"] == .string("\(deeper)"))
            #expect(Set(later["reasons"].elements.map { $0["reason"] }) == ["ended", "limit_reached"])
            let campaign = later["campaigns"].elements.first { $0["campaign_id"] == .string("\(deeper)") } ?? .null
            #expect(campaign["state"] == "submitted" && campaign["rehearsed"] == true)
            #expect(campaign["budget_left"]["amount"] == 500_000)
            #expect(unnamed["total_discount"]["amount"] == 0)
            #expect(quote["total_discount"]["amount"] == 4_500, "tills know nothing of it")
            #expect(try await till.town.state(deeper) == "submitted")
        }
    }

    @Test func `what cannot be asked is refused with its place`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let draft = try await till.town.draft(["starts_at": "2026-03-20T00:00:00", "ends_at": "2026-03-27T00:00:00"])
            let (admin, foreign) = (
                try await market.key(of: till.town.retailer, .admin),
                try await market.key(of: try await market.makeRetailer(), .admin)
            )
            let path = "/v1/retailers/\(till.town.retailer)/quotes/explain"
            let cases: [(JSONValue, String, String)] = [
                (["at": "2026-03-09T08:59:59Z"], "/at", "out_of_range"), (["at": "2027-03-11T09:00:00Z"], "/at", "out_of_range"),
                (["at": "tomorrow"], "/at", "not_a_time"), (["campaign_ids": ["x"]], "/campaign_ids/0", "not_an_id"),
                (
                    ["campaign_ids": [.string("\(till.campaign)"), "campaign_01h455vb4pex5vsknk084sn02q"]], "/campaign_ids/1",
                    "unknown_campaign"
                ),
                (["campaign_ids": [.string("\(draft)")]], "/campaign_ids/0", "campaign_not_submitted"),
                (["store_id": "nowhere"], "/store_id", "unknown_store"), (["lines": []], "/lines", "bad_length"),
                (["hold": true], "/hold", "unknown_field"),
            ]
            for (changes, pointer, code) in cases {
                let reply = try await market.post(
                    path, as: admin, .object(Self.basket.members.merging(changes.members) { $1 }))
                #expect(reply.status == 422, "\(changes)")
                #expect(reply.json["errors"][0]["pointer"] == .string(pointer), "\(reply.text)")
                #expect(reply.json["errors"][0]["code"] == .string(code), "\(reply.text)")
            }
            let (byTill, byOther) = (
                try await market.post(path, as: till.key, Self.basket), try await market.post(path, as: foreign, Self.basket)
            )
            #expect(byTill.status == 403)
            #expect(byOther.status == 404)
        }
    }
}
