import JSONText
import Kernel
import Ledger
import Parties
import Tenancy
import TestSupport
import Testing

/// A transfer is undone by two persons, once.
@Suite struct CorrectionTests {
    @Test func `another person approves, the money goes back, and the bank line is free again`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let (wallet, other) = (try await treasury.openWallet(), try await treasury.openOwnWallet())
            let credited = try await treasury.credit(1_000, into: wallet, bankID: "line-1")
            let asked = try await treasury.ask(about: credited)
            let before = try await treasury.balance(of: wallet)
            let posted = try await treasury.approve(asked)
            let again = try await treasury.receive(
                try await treasury.request(1_000, into: wallet), into: wallet, 1_000, bankID: "line-1")

            let path = "\(treasury.home)/corrections/\(asked.json["id"].string ?? "")"
            let read = try await market.get(path, as: treasury.supplierTreasurer)

            #expect((asked.status, asked.json["state"]) == (201, "requested"))
            #expect(read.json == posted.json)
            #expect(before == 1_000)
            #expect((posted.status, posted.json["state"], posted.json["amount"]) == (200, "posted", roubles(1_000)))
            #expect((again.status, again.json["state"]) == (200, "credited"))
            #expect(try await treasury.balance(of: wallet) == 1_000)
            #expect(try await treasury.balance(of: other) == 0)
            #expect(try await treasury.findings() == [])
            let movements = try await market.get(
                "\(treasury.home)/wallets/\(wallet)/movements?kind=correction", as: treasury.supplierTreasurer)
            #expect(movements.json["data"].elements.map { $0["amount"] } == [roubles(-1_000)])
        }
    }

    @Test func `a part of an allocation and of a refund is undone`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let (wallet, own) = (try await treasury.openWallet(), try await treasury.openOwnWallet())
            let allocated = try await treasury.move(
                "wallets/\(own)/allocations", as: treasury.treasurer, ["amount": roubles(500), "reason": "spring"])
            _ = try await treasury.credit(1_000, into: wallet, bankID: "line-1")
            let refunded = try await treasury.move(
                "wallets/\(wallet)/refunds", as: treasury.treasurer,
                ["amount": roubles(300), "bank_reference": "PP-1", "paid_on": "2026-03-01", "reason": "rest"])
            let allocation = try await treasury.approve(try await treasury.ask(about: allocated, amount: 200))
            let refund = try await treasury.approve(try await treasury.ask(about: refunded, amount: 100))

            #expect([allocation.status, refund.status] == [200, 200])
            #expect(try await treasury.balance(of: own) == 300)
            #expect(try await treasury.balance(of: wallet) == 800)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `a refund that was undone as a whole gives its bank reference free, again and again`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            _ = try await treasury.credit(1_000, into: wallet, bankID: "line-1")
            let refund = { (amount: Int64) in
                try await treasury.move(
                    "wallets/\(wallet)/refunds", as: treasury.treasurer,
                    ["amount": roubles(amount), "bank_reference": "PP-1", "paid_on": "2026-03-01", "reason": "rest"])
            }
            var refunds = [try await refund(300)]
            for amount in [400, 500] as [Int64] {
                _ = try await treasury.approve(try await treasury.ask(about: refunds[refunds.count - 1]))
                refunds.append(try await refund(amount))
            }
            let twice = try await refund(500)

            #expect(refunds.map(\.status) == [201, 201, 201])
            #expect((twice.status, twice.json["code"]) == (409, "bank_reference_used"))
            #expect(try await treasury.balance(of: wallet) == 500)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `the same person is refused with any key, and so are services, others and another tenant`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let credited = try await treasury.credit(1_000, into: wallet, bankID: "line-1")
            let person = try await market.makePerson(of: treasury.retailer, .treasurer)
            let (first, second) = (
                try await market.treasurer(of: treasury.retailer, person: person),
                try await market.treasurer(of: treasury.retailer, person: person)
            )
            let service = try await market.key(of: treasury.retailer, .treasurer)
            let stranger = try await TestTreasury.open(in: market)
            let byService = try await treasury.ask(about: credited, as: service)
            let bySupplier = try await treasury.ask(about: credited, as: treasury.supplierTreasurer)
            let fromElsewhere = try await stranger.ask(about: credited)
            let asked = try await treasury.ask(about: credited, as: first)
            let id = asked.json["id"].string ?? ""
            let approvals = [
                try await treasury.approve(asked, as: first), try await treasury.approve(asked, as: second),
                try await treasury.approve(asked, as: service), try await treasury.approve(asked, as: treasury.supplierTreasurer),
                try await treasury.approve(asked, as: stranger.treasurer),
                try await stranger.move("corrections/\(id)/approve", as: stranger.treasurer, [:]),
            ]
            let seen = try await market.get("\(stranger.home)/corrections/\(id)", as: stranger.treasurer)

            #expect((byService.status, byService.json["code"]) == (403, "person_needed"))
            #expect((bySupplier.status, bySupplier.json["code"]) == (403, "role_not_allowed"))
            #expect((fromElsewhere.status, seen.status) == (404, 404))
            #expect(
                approvals.map { "\($0.status) \($0.json["code"].string ?? "")" } == [
                    "403 second_person_needed", "403 second_person_needed", "403 person_needed", "403 role_not_allowed",
                    "404 not_found", "404 not_found",
                ])
            #expect(try await treasury.balance(of: wallet) == 1_000)
        }
    }

    @Test func `money that the platform holds is corrected by the platform alone`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market, heldBy: .platform)
            let wallet = try await treasury.openWallet()
            let person = try await market.makePerson()
            _ = try await market.put("/v1/platform/persons/\(person)", as: market.platform, [:])
            let holder = try await market.key(.platform, person: person)
            let credited = try await treasury.credit(1_000, into: wallet, bankID: "line-1", as: holder)
            let byRetailer = try await treasury.ask(about: credited)
            let byHolder = try await treasury.ask(about: credited, as: holder)

            #expect((byRetailer.status, byRetailer.json["code"]) == (403, "not_money_holder"))
            #expect((byHolder.status, byHolder.json["state"]) == (201, "requested"))
        }
    }

    @Test func `a transfer is asked about once at a time and undone once, whoever races`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let credited = try await treasury.credit(1_000, into: wallet, bankID: "line-1")
            _ = try await treasury.credit(5_000, into: wallet, bankID: "line-2")
            let asked = try await inParallel(32) { try await treasury.ask(about: credited) }
            let one = try #require(asked.first { $0.status == 201 })
            let approved = try await inParallel(32) { try await treasury.approve(one) }
            let late = try await treasury.ask(about: credited)

            #expect(asked.filter { $0.status == 201 }.count == 1)
            #expect(asked.filter { $0.status != 201 }.allSatisfy { $0.json["code"] == "correction_exists" })
            #expect(approved.filter { $0.status == 200 }.count == 1)
            #expect(approved.filter { $0.status != 200 }.allSatisfy { $0.json["code"] == "wrong_state" })
            #expect((late.status, late.json["code"]) == (409, "correction_exists"))
            #expect(try await treasury.balance(of: wallet) == 5_000)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `what is rejected moves nothing and may be asked about again`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let credited = try await treasury.credit(1_000, into: wallet, bankID: "line-1")
            let first = try await treasury.ask(about: credited)
            let rejected = try await treasury.reject(first)
            let late = try await treasury.approve(first)
            let second = try await treasury.ask(about: credited)
            let list = try await market.get("\(treasury.home)/corrections?state=requested", as: treasury.supplierTreasurer)
            let audit = try await market.get(
                "\(treasury.home)/audit?limit=100", as: try await market.key(of: treasury.retailer, .admin))

            #expect((rejected.status, rejected.json["rejection"]) == (200, "The line is right"))
            #expect((late.status, late.json["code"]) == (409, "wrong_state"))
            #expect(second.status == 201)
            #expect(list.json["data"].elements.map { $0["id"] } == [second.json["id"]])
            #expect(
                audit.json["data"].elements.compactMap { $0["action"].string }.filter { $0.hasPrefix("correction.") }.sorted()
                    == [
                        "correction.rejected", "correction.requested", "correction.requested",
                    ])
            #expect(try await treasury.balance(of: wallet) == 1_000)
        }
    }

    @Test func `what is spent, too much, of another kind or unknown is refused`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let credited = try await treasury.credit(1_000, into: wallet, bankID: "line-1")
            _ = try await treasury.launch(400, from: wallet)
            let launch = try await market.get(
                "\(treasury.home)/wallets/\(wallet)/movements?kind=launch", as: treasury.treasurer)
            let ask = { (transfer: JSONValue, amount: Int64?) in
                try await treasury.ask(transfer, amount: amount)
            }
            let refused = [
                try await ask(credited.json["transfer_id"], 1_001),
                try await ask(launch.json["data"][0]["transfer_id"], nil),
                try await ask(.string("\(TransferID(Identifier(high: 9, low: 9)))"), nil),
                try await ask("nonsense", nil),
                try await treasury.approve(try await treasury.ask(about: credited)),
            ]

            #expect(
                refused.map { "\($0.status) \($0.json["code"].string ?? "")" } == [
                    "409 beyond_transfer", "409 not_correctable", "404 not_found", "422 invalid_request",
                    "409 insufficient_funds",
                ])
            #expect(try await treasury.balance(of: wallet) == 600)
            #expect(try await treasury.findings() == [])
        }
    }
}

extension TestTreasury {
    /// A credited top-up.
    fileprivate func credit(
        _ amount: Int64, into wallet: WalletID, bankID: String, as key: KeyToken? = nil
    ) async throws -> TestClient.Reply {
        try await receive(try await request(amount, into: wallet), into: wallet, amount, bankID: bankID, as: key)
    }

    fileprivate func ask(
        about moved: TestClient.Reply, amount: Int64? = nil, as key: KeyToken? = nil
    ) async throws -> TestClient.Reply {
        try await ask(moved.json["transfer_id"], amount: amount, as: key)
    }

    fileprivate func ask(
        _ transfer: JSONValue, amount: Int64? = nil, as key: KeyToken? = nil
    ) async throws -> TestClient.Reply {
        var body: [String: JSONValue] = ["transfer_id": transfer, "reason": "The bank named another wallet"]
        if let amount { body["amount"] = roubles(amount) }
        return try await move("corrections", as: key ?? treasurer, .object(body))
    }

    fileprivate func approve(_ asked: TestClient.Reply, as key: KeyToken? = nil) async throws -> TestClient.Reply {
        try await move("corrections/\(asked.json["id"].string ?? "")/approve", as: key ?? secondTreasurer, [:])
    }

    fileprivate func reject(_ asked: TestClient.Reply) async throws -> TestClient.Reply {
        try await move(
            "corrections/\(asked.json["id"].string ?? "")/reject", as: secondTreasurer, ["reason": "The line is right"])
    }
}

/// The results of so many calls at once.
func inParallel<Value: Sendable>(
    _ count: Int, _ work: @escaping @Sendable () async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
        for _ in 0..<count { group.addTask(operation: work) }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
