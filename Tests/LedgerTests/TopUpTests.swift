import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// Top-ups through the API (DOMAIN 6).
@Suite struct TopUpTests {
    @Test func `a supplier asks, the money holder receives, and what came is credited`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()

            let asked = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups", as: treasury.supplierTreasurer, ["amount": roubles(100_000)])
            let topUp: TopUpID = try asked.id()
            let received = try await treasury.receive(topUp, into: wallet, 90_000, bankID: "line-1")

            let read = try await market.get(
                "\(treasury.home)/wallets/\(wallet)/top-ups/\(topUp)", as: treasury.supplierTreasurer)

            #expect(asked.status == 201)
            #expect(asked.json["state"] == "requested")
            #expect(read.json == received.json)
            #expect(asked.json["payment_reference"].string?.count == 14)
            #expect(received.status == 200)
            #expect(received.json["state"] == "credited")
            #expect(received.json["amount"] == roubles(100_000))
            #expect(
                received.json["bank_line"] == [
                    "bank_id": "line-1", "payer": "Dairy LLC", "amount": roubles(90_000), "received_on": "2026-03-01",
                ])
            #expect(try await treasury.balance(of: wallet) == 90_000)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `the facts of a top-up stand in the log, for the supplier to read`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let topUp = try await treasury.request(500, into: wallet)
            _ = try await treasury.receive(topUp, into: wallet, 500, bankID: "line-1")
            let (retailer, supplier) = (treasury.retailer, treasury.supplier)

            let events = try await market.database.read(as: .supplier(supplier, at: retailer)) { tx in
                try tx.events(of: retailer, after: 0, limit: 100)
            }

            #expect(
                events.map(\.type).filter { !$0.hasPrefix("agreement") } == [
                    "wallet.opened", "top_up.requested", "top_up.received", "top_up.credited", "wallet.credited",
                ])
            #expect(events.allSatisfy { $0.suppliers == [supplier] })
        }
    }

    @Test func `where policy wants a second person, only another person confirms`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market, secondPerson: true)
            let wallet = try await treasury.openWallet()
            let topUp = try await treasury.request(500, into: wallet)
            let person = try await market.makePerson()
            let first = try await market.treasurer(of: treasury.retailer, person: person)
            let otherKeyOfFirst = try await market.treasurer(of: treasury.retailer, person: person)
            let service = try await market.key(of: treasury.retailer, .treasurer)

            let byService = try await treasury.receive(topUp, into: wallet, 500, bankID: "line-1", as: service)
            let received = try await treasury.receive(topUp, into: wallet, 500, bankID: "line-1", as: first)
            let before = try await treasury.balance(of: wallet)
            let bySame = try await treasury.confirm(topUp, into: wallet, as: first)
            let byOtherKey = try await treasury.confirm(topUp, into: wallet, as: otherKeyOfFirst)
            let byServiceToo = try await treasury.confirm(topUp, into: wallet, as: service)
            let bySecond = try await treasury.confirm(topUp, into: wallet, as: treasury.secondTreasurer)
            let again = try await treasury.confirm(topUp, into: wallet, as: treasury.secondTreasurer)

            #expect(byService.status == 403 && byService.json["code"] == "person_needed")
            #expect(received.json["state"] == "received" && before == 0)
            #expect(bySame.status == 403 && bySame.json["code"] == "second_person_needed")
            #expect(byOtherKey.status == 403 && byOtherKey.json["code"] == "second_person_needed")
            #expect(byServiceToo.status == 403 && byServiceToo.json["code"] == "person_needed")
            #expect(bySecond.status == 200 && bySecond.json["state"] == "credited")
            #expect(again.status == 409 && again.json["code"] == "wrong_state")
            #expect(try await treasury.balance(of: wallet) == 500)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `a person of both organisations never credits their own request`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let person = try await market.makePerson(of: treasury.supplier, .treasurer)
            let asking = try await market.treasurer(of: treasury.supplier, person: person)
            let receiving = try await market.treasurer(of: treasury.retailer, person: person)
            let topUp: TopUpID = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups", as: asking, ["amount": roubles(10)]
            ).id()

            let reply = try await treasury.receive(topUp, into: wallet, 10, bankID: "line-1", as: receiving)

            #expect(reply.status == 403 && reply.json["code"] == "own_request")
            #expect(try await treasury.balance(of: wallet) == 0)
        }
    }

    @Test func `only whoever holds the money receives it`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market, heldBy: .platform)
            let wallet = try await treasury.openWallet()
            let topUp = try await treasury.request(500, into: wallet)

            let byRetailer = try await treasury.receive(topUp, into: wallet, 500, bankID: "line-1")
            let bySupplier = try await treasury.receive(
                topUp, into: wallet, 500, bankID: "line-1", as: treasury.supplierTreasurer)
            let byPlatform = try await treasury.receive(topUp, into: wallet, 500, bankID: "line-1", as: market.platform)

            #expect(byRetailer.status == 403 && byRetailer.json["code"] == "not_money_holder")
            #expect(bySupplier.status == 403 && bySupplier.json["code"] == "role_not_allowed")
            #expect(byPlatform.status == 200)
            #expect(try await treasury.balance(of: wallet) == 500)
        }
    }

    @Test func `a bank line is received once, and is free again when its top-up is cancelled`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market, secondPerson: true)
            let wallet = try await treasury.openWallet()
            let (wrong, right) = (
                try await treasury.request(500, into: wallet), try await treasury.request(500, into: wallet)
            )
            _ = try await treasury.receive(wrong, into: wallet, 500, bankID: "line-1")

            let twice = try await treasury.receive(right, into: wallet, 500, bankID: "line-1")
            let bySupplier = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups/\(wrong)/cancel", as: treasury.supplierTreasurer,
                ["reason": "a mistake"])
            let cancelled = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups/\(wrong)/cancel", as: treasury.treasurer, ["reason": "the other one"])
            let once = try await treasury.receive(right, into: wallet, 500, bankID: "line-1")

            #expect(twice.status == 409 && twice.json["code"] == "bank_line_used")
            #expect(bySupplier.status == 409 && bySupplier.json["code"] == "wrong_state")
            #expect(cancelled.json["state"] == "cancelled" && cancelled.json["cancel_reason"] == "the other one")
            #expect(once.json["state"] == "received")
        }
    }

    @Test func `a retried receipt of money credits once, and without a key it is refused`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let topUp = try await treasury.request(500, into: wallet)

            let first = try await treasury.receive(topUp, into: wallet, 500, bankID: "line-1", idempotency: "k")
            let again = try await treasury.receive(topUp, into: wallet, 500, bankID: "line-1", idempotency: "k")
            let other = try await treasury.receive(topUp, into: wallet, 501, bankID: "line-1", idempotency: "k")
            let keyless = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups/\(topUp)/receive", as: treasury.treasurer, [:])

            #expect(first.json == again.json && again.header("idempotent-replayed") == "true")
            #expect(other.status == 422 && other.json["code"] == "idempotency_key_reused")
            #expect(keyless.status == 400 && keyless.json["code"] == "idempotency_key_required")
            #expect(try await treasury.balance(of: wallet) == 500)
        }
    }

    @Test func `32 receipts of one top-up at once credit once`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let topUp = try await treasury.request(500, into: wallet)

            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        try await treasury.receive(topUp, into: wallet, 500, bankID: "line-\(number)").status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(statuses.count { $0 == 200 } == 1 && statuses.count { $0 == 409 } == 31)
            #expect(try await treasury.balance(of: wallet) == 500)
            #expect(try await treasury.findings() == [])
        }
    }

    @Test func `money comes in only under an agreement in force`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            try await market.move(treasury.agreement, of: treasury.retailer, .suspend)

            let reply = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups", as: treasury.supplierTreasurer, ["amount": roubles(10)])

            #expect(reply.status == 409 && reply.json["code"] == "agreement_not_open")
        }
    }

    @Test func `bad fields are named, also a currency that is not the tenant's and a day to come`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            let topUp = try await treasury.request(500, into: wallet)

            let asked = try await market.post(
                "\(treasury.home)/wallets/\(wallet)/top-ups", as: treasury.supplierTreasurer,
                ["amount": ["amount": 0, "currency": "EUR"]])
            let received = try await treasury.move(
                "wallets/\(wallet)/top-ups/\(topUp)/receive", as: treasury.treasurer,
                ["bank_id": "x", "payer": "y", "amount": roubles(1), "received_on": "2026-03-03"])

            #expect(asked.status == 422)
            #expect(
                asked.json["errors"].elements.map { "\($0["pointer"].string!) \($0["code"].string!)" } == [
                    "/amount/amount out_of_range", "/amount/currency wrong_currency",
                ])
            #expect(received.json["errors"][0]["code"] == "in_the_future")
        }
    }
}
