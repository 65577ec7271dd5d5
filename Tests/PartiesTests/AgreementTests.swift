import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct AgreementTests {
    private static func draft(_ supplier: SupplierID) -> [String: JSONValue] {
        [
            "supplier_id": .string("\(supplier)"), "name": "Milk 2026", "starts_on": "2026-03-01", "ends_on": "2026-12-31",
            "fee_bp": 300, "depth_max_bp": 4_000, "money_holder": "retailer", "insight_scope": "own_categories",
            "scope": ["brands": ["b1"], "exclusions": ["products": ["p9"]]],
        ]
    }

    @Test func `an agreement is drafted, edited, signed, activated and read whole by everybody whom it concerns`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let path = "/v1/retailers/\(retailer)/agreements"
            let created = try await market.post(path, as: market.platform, .object(Self.draft(supplier)))
            let id: AgreementID = try created.id()
            let edited = try await market.patch(
                "\(path)/\(id)", as: market.platform,
                [
                    "depth_max_bp": 3_000,
                    "auto_approval": [
                        "budget_max": ["amount": 5_000_000, "currency": "RUB"], "depth_max_bp": 2_000, "days_max": 14,
                    ],
                    "unfunded_bearers": ["no_quote": ["bearer": "supplier", "cap": ["amount": 1_000, "currency": "RUB"]]],
                ], headers: [("If-Match", created.header("etag") ?? "")])
            try await market.move(id, of: retailer, .sign)
            market.clock.advance(seconds: 60)
            let activated = try await market.move(id, of: retailer, .activate)
            let readers = [
                try await market.key(of: retailer, .analyst), try await market.key(of: supplier, .marketer), market.platform,
            ]

            #expect(created.status == 201)
            #expect(created.header("location") == "\(path)/\(id)")
            #expect(created.header("etag") == "\"1\"")
            #expect(edited.status == 200)
            #expect(edited.header("etag") == "\"2\"")
            #expect(activated.header("etag") == "\"4\"")
            for reader in readers {
                let seen = try await market.get("\(path)/\(id)", as: reader)
                #expect(
                    seen.json == [
                        "id": .string("\(id)"), "retailer_id": .string("\(retailer)"), "supplier_id": .string("\(supplier)"),
                        "name": "Milk 2026", "state": "active", "starts_on": "2026-03-01", "ends_on": "2026-12-31",
                        "fee_bp": 300, "depth_max_bp": 3_000, "money_holder": "retailer", "insight_scope": "own_categories",
                        "scope": ["brands": ["b1"], "exclusions": ["products": ["p9"]]],
                        "auto_approval": [
                            "budget_max": ["amount": 5_000_000, "currency": "RUB"], "depth_max_bp": 2_000, "days_max": 14,
                            "overlap_max": 0,
                        ],
                        "unfunded_bearers": ["no_quote": ["bearer": "supplier", "cap": ["amount": 1_000, "currency": "RUB"]]],
                        "responsible": ["retailer": [], "supplier": []], "version": 4,
                        "created_at": "2026-03-02T12:00:00Z", "updated_at": "2026-03-02T12:01:00Z",
                    ])
                #expect(seen.header("etag") == "\"4\"")
            }
        }
    }

    @Test func `an edit can take the automatic approval away, and what it does not name stays`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let id = try await market.makeAgreement(
                retailer: retailer, supplier: supplier, feeBP: 250,
                autoApproval: ["budget_max": ["amount": 1, "currency": "RUB"], "depth_max_bp": 1, "days_max": 1],
                upTo: .draft)
            let path = "/v1/retailers/\(retailer)/agreements/\(id)"

            let edited = try await market.patch(path, as: market.platform, ["auto_approval": nil], headers: [("If-Match", "*")])

            #expect(edited.json["auto_approval"] == .null)
            #expect(edited.json["fee_bp"] == 250)
        }
    }

    @Test func `a retried draft is one agreement`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let path = "/v1/retailers/\(retailer)/agreements"
            let key = [("Idempotency-Key", "draft-\(market.clock.world.random())")]

            let first = try await market.post(path, as: market.platform, .object(Self.draft(supplier)), headers: key)
            let again = try await market.post(path, as: market.platform, .object(Self.draft(supplier)), headers: key)

            #expect(again.status == 201)
            #expect(again.json == first.json)
            #expect(try await market.get(path, as: market.platform).json["data"].elements.count == 1)
        }
    }

    @Test func `an ended agreement stays ended, and its supplier still finds the retailer`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let id = try await market.makeAgreement(retailer: retailer, supplier: supplier)
            let path = "/v1/retailers/\(retailer)/agreements/\(id)"
            let seller = try await market.key(of: supplier, .treasurer)

            let ended = try await market.post("\(path)/end", as: market.platform, ["reason": "Brand sold"])
            let resumed = try await market.post("\(path)/resume", as: market.platform, [:])
            let stale = try await market.post(
                "\(path)/end", as: market.platform, ["reason": "x"], headers: [("If-Match", "\"1\"")])
            let seen = try await market.get(path, as: seller)

            #expect(ended.json["state"] == "ended")
            #expect([resumed.status, stale.status] == [409, 412])
            #expect(seen.json["state"] == "ended")
        }
    }

    @Test func `the first events of a new month race for its partition and none is lost`() async throws {
        try await TestMarket.run(clock: TestClock(Instant("2031-05-01T00:00:00Z")!)) { market in
            let supplier = try await market.makeSupplier()
            var retailers: [RetailerID] = []
            for _ in 0..<32 { retailers.append(try await market.makeRetailer()) }

            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for retailer in retailers {
                    group.addTask {
                        try await market.post(
                            "/v1/retailers/\(retailer)/agreements", as: market.platform, .object(Self.draft(supplier))
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }

            #expect(statuses == Array(repeating: 201, count: 32))
            for retailer in retailers {
                let head = try await market.database.read(as: .retailer(retailer)) { tx in
                    try tx.one(
                        "SELECT count(*) FROM event WHERE retailer_id = \(retailer)", { row in try row.next(Int.self) })
                }
                #expect(head == 1)
            }
        }
    }

    @Test func `terms that contradict themselves are refused with a pointer`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            var body = Self.draft(supplier)
            body["ends_on"] = "2026-02-01"
            body["scope"] = ["brands": [], "colour": "red"]
            body["auto_approval"] = ["budget_max": ["amount": 1, "currency": "USD"], "depth_max_bp": 9_000, "days_max": 0]
            body["unfunded_bearers"] = ["no_quote": ["bearer": "shopper"]]

            let reply = try await market.post("/v1/retailers/\(retailer)/agreements", as: market.platform, .object(body))

            #expect(reply.status == 422)
            #expect(
                reply.json["errors"].elements.map { "\($0["pointer"].string!) \($0["code"].string!)" }.sorted() == [
                    "/auto_approval deeper_than_agreed", "/auto_approval/budget_max/currency wrong_currency",
                    "/auto_approval/days_max out_of_range", "/ends_on before_start", "/scope/brands bad_length",
                    "/scope/colour unknown_field", "/unfunded_bearers/no_quote/bearer unknown_word",
                    "/unfunded_bearers/no_quote/cap required",
                ])
        }
    }

    @Test func `an agreement with nobody, at nowhere, is refused`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let nobody: SupplierID = market.clock.world.newID()
            let nowhere: RetailerID = market.clock.world.newID()

            let withNobody = try await market.post(
                "/v1/retailers/\(retailer)/agreements", as: market.platform, .object(Self.draft(nobody)))
            let atNowhere = try await market.post(
                "/v1/retailers/\(nowhere)/agreements", as: market.platform, .object(Self.draft(nobody)))

            #expect(withNobody.json["errors"][0]["code"] == "unknown_supplier")
            #expect(atNowhere.status == 404)
        }
    }

    @Test func `a responsible person belongs to its side, and each side's are hidden from the supplier as far as not its own`()
        async throws
    {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let (buyer, seller) = (
                try await market.makePerson(of: retailer, .approver), try await market.makePerson(of: supplier, .admin)
            )
            let path = "/v1/retailers/\(retailer)/agreements"
            var body = Self.draft(supplier)
            body["responsible"] = ["retailer": [.string("\(seller)")], "supplier": [.string("\(seller)")]]
            let wrongSide = try await market.post(path, as: market.platform, .object(body))
            body["responsible"] = ["retailer": [.string("\(buyer)")], "supplier": [.string("\(seller)")]]
            let id: AgreementID = try await market.post(path, as: market.platform, .object(body)).id()
            try await market.move(id, of: retailer, .sign)

            let byRetailer = try await market.get("\(path)/\(id)", as: try await market.key(of: retailer, .admin))
            let bySupplier = try await market.get("\(path)/\(id)", as: try await market.key(of: supplier, .admin))

            #expect(wrongSide.status == 422)
            #expect(wrongSide.json["errors"][0]["pointer"] == "/responsible/retailer")
            #expect(byRetailer.json["responsible"] == body["responsible"])
            #expect(bySupplier.json["responsible"] == ["retailer": [], "supplier": [.string("\(seller)")]])
        }
    }

    @Test func `a transition that the state does not know is refused and changes nothing`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let id = try await market.makeAgreement(retailer: retailer, supplier: supplier, upTo: .signed)
            let path = "/v1/retailers/\(retailer)/agreements/\(id)"

            let resumed = try await market.post("\(path)/resume", as: market.platform)
            let edited = try await market.patch(path, as: market.platform, ["name": "x"], headers: [("If-Match", "*")])
            let seen = try await market.get(path, as: market.platform)

            #expect(resumed.status == 409)
            #expect(resumed.json["code"] == "wrong_state")
            #expect(edited.status == 409)
            #expect(edited.json["code"] == "not_a_draft")
            #expect(seen.json["state"] == "signed")
            #expect(seen.json["version"] == 2)
        }
    }

    @Test func `suspending needs a reason; a retailer's admin may, and only the platform resumes`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let id = try await market.makeAgreement(retailer: retailer, supplier: supplier)
            let (admin, marketer) = (
                try await market.key(of: retailer, .admin), try await market.key(of: supplier, .admin, .marketer)
            )
            let path = "/v1/retailers/\(retailer)/agreements/\(id)"

            let silent = try await market.post("\(path)/suspend", as: admin)
            let bySupplier = try await market.post("\(path)/suspend", as: marketer, ["reason": "x"])
            let suspended = try await market.post("\(path)/suspend", as: admin, ["reason": "Unpaid statement"])
            let resumed = try await market.post("\(path)/resume", as: admin, ["reason": "x"])
            let edited = try await market.patch(path, as: admin, ["fee_bp": 0], headers: [("If-Match", "*")])

            #expect(silent.json["errors"][0]["pointer"] == "/reason")
            #expect(bySupplier.status == 403)
            #expect(suspended.status == 200)
            #expect(suspended.json["state"] == "suspended")
            #expect(resumed.status == 403)
            #expect(edited.status == 403)
        }
    }

    @Test func `an edit names the version that it read: without 428, of another version 412`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let id = try await market.makeAgreement(retailer: retailer, supplier: supplier, upTo: .draft)
            let path = "/v1/retailers/\(retailer)/agreements/\(id)"

            let without = try await market.patch(path, as: market.platform, ["name": "x"])
            let first = try await market.patch(path, as: market.platform, ["name": "a"], headers: [("If-Match", "\"1\"")])
            let stale = try await market.patch(path, as: market.platform, ["name": "b"], headers: [("If-Match", "\"1\"")])
            let weak = try await market.patch(path, as: market.platform, ["name": "b"], headers: [("If-Match", "W/\"2\"")])
            let either = try await market.patch(
                path, as: market.platform, ["name": "c"], headers: [("If-Match", "\"1\", \"2\"")])

            #expect(without.status == 428)
            #expect(without.json["code"] == "if_match_required")
            #expect(first.status == 200)
            #expect(stale.status == 412)
            #expect(stale.json["code"] == "version_changed")
            #expect(weak.status == 412)
            #expect(either.status == 200)
            #expect(either.json["version"] == 3)
        }
    }

    @Test func `the list shows a retailer all, a supplier its own, and filters by state`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (own, rival) = (try await market.makeSupplier(), try await market.makeSupplier())
            let active = try await market.makeAgreement(retailer: retailer, supplier: own)
            let signed = try await market.makeAgreement(retailer: retailer, supplier: own, upTo: .signed)
            let foreign = try await market.makeAgreement(retailer: retailer, supplier: rival)
            let path = "/v1/retailers/\(retailer)/agreements"
            let ids = { (reply: TestClient.Reply) in Set(reply.json["data"].elements.compactMap { $0["id"].string }) }
            let (admin, seller) = (try await market.key(of: retailer, .admin), try await market.key(of: own, .analyst))

            let all = try await market.get(path, as: admin)
            let ofRival = try await market.get("\(path)?supplier_id=\(rival)", as: admin)
            let suppliers = try await market.get(path, as: seller)
            let signedOnly = try await market.get("\(path)?state=signed", as: seller)
            let rivals = try await market.get("\(path)?supplier_id=\(rival)", as: seller)
            let rivalsOne = try await market.get("\(path)/\(foreign)", as: seller)
            let till = try await market.get(path, as: try await market.key(of: retailer, .till))

            #expect(ids(all) == ["\(active)", "\(signed)", "\(foreign)"])
            #expect(ids(ofRival) == ["\(foreign)"])
            #expect(ids(suppliers) == ["\(active)", "\(signed)"])
            #expect(ids(signedOnly) == ["\(signed)"])
            #expect(rivals.status == 404)
            #expect(rivalsOne.status == 404)
            #expect(till.status == 403)
        }
    }

    @Test func `a supplier with a draft only does not find the retailer`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            _ = try await market.makeAgreement(retailer: retailer, supplier: supplier, upTo: .draft)
            let key = try await market.key(of: supplier, .admin)

            let reply = try await market.get("/v1/retailers/\(retailer)/agreements", as: key)

            #expect(reply.status == 404)
        }
    }

    @Test func `a decision holds the agreement still, and knows on which days it is in force`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let id = try await market.makeAgreement(
                retailer: retailer, supplier: supplier, startsOn: "2026-03-02", endsOn: "2026-03-04")

            let held = try await market.database.transaction(as: .supplier(supplier, at: retailer)) { tx in
                try tx.shareAgreement(id, of: retailer, supplier: supplier)
            }
            let agreement = try #require(held)
            let days = ["2026-03-01", "2026-03-02", "2026-03-04", "2026-03-05"].map { BusinessDay($0)! }
            try await market.move(id, of: retailer, .suspend)
            let suspended = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.agreement(id, of: retailer)
            }

            #expect(days.map(agreement.isInForce) == [false, true, true, false])
            #expect(suspended?.isInForce(on: days[1]) == false)
        }
    }
}
