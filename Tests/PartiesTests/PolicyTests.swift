import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@Suite struct PolicyTests {
    static let defaults: [String: JSONValue] = [
        "profile_window_days": 90, "privacy_floor": 50, "late_receipt_days": 7, "stop_publishing_bp": 9_000,
        "hold_seconds": 900, "online_hold_seconds": nil, "offer_period": "week", "price_step_minor": 1,
        "below_minimum_price": "clip",
        "exhausted_share": "stop", "personal_offers_default": true, "top_up_needs_second_person": false,
        "payment_needs_second_person": false, "redemption_years": 6, "day_starts_at_minutes": 0,
        "stacking": "best_offer", "stacking_order": [], "offers_per_shopper_max": nil, "offers_per_shopper_week_max": nil,
        "competitor_separation": "none", "category_exclusivity": [], "slots": "best", "fatigue_periods": nil,
        "fatigue_impressions": nil,
        "depth_rules": [
            "deep_promotion_buyer": [
                "is_on": false, "receipts_min": 6, "spend_share_bp": 7_000, "depth_bp": 2_500, "lowest_bp": 2_000,
            ],
            "small_discount_buyer": ["is_on": false, "line_share_bp": 6_000, "depth_bp": 1_500],
            "missing_category": ["is_on": false, "neighbours": 200, "neighbour_share_bp": 6_000, "days": 90],
        ],
    ]

    @Test func `a new retailer has the documented defaults`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()

            let reply = try await market.get(
                "/v1/retailers/\(retailer)/policy", as: try await market.key(of: retailer, .admin))

            var settings = reply.json.members
            settings["updated_at"] = nil
            #expect(reply.header("etag") == "\"1\"")
            #expect(
                settings == Self.defaults.merging(["retailer_id": .string("\(retailer)"), "version": 1]) { first, _ in first })
        }
    }

    @Test func `an edit changes what it names, and everybody who decides reads it`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (admin, supplier) = (try await market.key(of: retailer, .admin), try await market.makeSupplier())
            let changes: [String: JSONValue] = [
                "profile_window_days": 30, "privacy_floor": 100, "late_receipt_days": 3, "stop_publishing_bp": 8_000,
                "hold_seconds": 60, "online_hold_seconds": 7_200, "offer_period": "day", "price_step_minor": 10,
                "below_minimum_price": "withhold",
                "exhausted_share": "others_take_over", "personal_offers_default": false, "top_up_needs_second_person": true,
                "payment_needs_second_person": true, "redemption_years": 10, "day_starts_at_minutes": 300,
                "stacking": "in_order", "stacking_order": ["loyalty", "supplier"], "offers_per_shopper_max": 5,
                "offers_per_shopper_week_max": 9, "competitor_separation": "category",
                "category_exclusivity": [["category_id": "milk", "supplier_id": .string("\(supplier)")]], "slots": "fair",
                "fatigue_periods": 4, "fatigue_impressions": 30,
            ]
            var expected = Self.defaults
            for (version, (name, value)) in changes.sorted(by: { $0.key < $1.key }).enumerated() {
                let reply = try await market.patch(
                    "/v1/retailers/\(retailer)/policy", as: admin, .object([name: value]),
                    headers: [("If-Match", "\"\(version + 1)\"")])
                expected[name] = value
                let settings = reply.json.members.filter { Self.defaults.keys.contains($0.key) }
                #expect(settings == expected)
            }

            let policy = try await market.database.read(as: .retailer(retailer)) { tx in try tx.policy(of: retailer) }
            #expect(policy.privacyFloor == 100)
            #expect(policy.exhaustedShare == .othersTakeOver)
            #expect(
                policy.offers
                    == OfferChoice(
                        perShopperMax: 5, perShopperWeekMax: 9, separation: .category,
                        exclusivities: [CategoryExclusivity(category: ExternalID(stored: "milk"), supplier: supplier)],
                        slots: .fair,
                        fatiguePeriods: 4, fatigueImpressions: 30))
            #expect(policy.version == 25)

            let freed = try await market.patch(
                "/v1/retailers/\(retailer)/policy", as: admin, ["offers_per_shopper_max": nil], headers: [("If-Match", "\"25\"")])
            #expect((freed.status, freed.json["offers_per_shopper_max"]) == (200, nil))
        }
    }

    @Test func `an edit out of bounds, without its version, or by the wrong people is refused`() async throws {
        try await TestMarket.run { market in
            let (retailer, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            let supplier = try await market.makeSupplier()
            _ = try await market.makeAgreement(retailer: retailer, supplier: supplier)
            let admin = try await market.key(of: retailer, .admin)
            let path = "/v1/retailers/\(retailer)/policy"

            let bounds = try await market.patch(
                path, as: admin, ["privacy_floor": 9, "offer_period": "year", "colour": 1], headers: [("If-Match", "\"1\"")])
            let empty = try await market.patch(path, as: admin, ["privacy_floor": nil], headers: [("If-Match", "\"1\"")])
            let blind = try await market.patch(path, as: admin, ["privacy_floor": 60])
            let stale = try await market.patch(path, as: admin, ["privacy_floor": 60], headers: [("If-Match", "\"0\"")])
            let approver = try await market.get(path, as: try await market.key(of: retailer, .approver))
            let bySupplier = try await market.get(path, as: try await market.key(of: supplier, .admin))
            let foreign = try await market.get(path, as: try await market.key(of: other, .admin))

            #expect(
                bounds.json["errors"].elements.compactMap { $0["pointer"].string }.sorted() == [
                    "/colour", "/offer_period", "/privacy_floor",
                ])
            #expect(empty.json["errors"][0]["code"] == "required")
            #expect([blind.status, stale.status] == [428, 412])
            #expect([approver.status, bySupplier.status, foreign.status] == [403, 403, 404])
        }
    }

    @Test func `of 32 racing edits of a policy exactly one wins`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let admin = try await market.key(of: retailer, .admin)

            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for floor in 0..<32 {
                    group.addTask {
                        try await market.patch(
                            "/v1/retailers/\(retailer)/policy", as: admin, ["privacy_floor": .integer(Int64(50 + floor))],
                            headers: [("If-Match", "\"1\"")]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }

            #expect(statuses.count { $0 == 200 } == 1)
            #expect(statuses.count { $0 == 412 } == 31)
        }
    }
}
