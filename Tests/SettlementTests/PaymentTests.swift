import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What statements say is owed is paid, and clearing returns to zero.
@Suite struct PaymentTests {
    @Test func `what the retailer holds is netted, over the statements that both agree on`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let early = try await settling.order()
            _ = try await settling.acknowledge()
            try await settling.treasury.takeBack("6", of: "2", "p2", 20_000, discount: 3_000)
            let next = try await settling.treasury.openStatement()
            _ = try await settling.treasury.seal(next)
            let service = try await market.key(of: settling.treasury.town.retailer, .treasurer)
            let bare = try await market.post(
                "\(settling.treasury.base)/wallets/\(settling.treasury.town.wallet)/payments", as: settling.first, [:])
            let refused = [try await settling.order(as: service), try await settling.order(as: settling.supplier)]
            _ = try await settling.acknowledge(next)
            let ordered = try await settling.order(once: "order")
            let replayed = try await settling.order(once: "order")
            let second = try await settling.order()
            let within = try await settling.balance(of: .clearing)
            let state = try await settling.settlementState()
            let paid = try await settling.pay(ordered.idText, as: settling.first)
            let again = try await settling.pay(ordered.idText)
            let heads = try await settling.treasury.get("statements?settlement_state=paid").json["data"].elements

            #expect(early.said == "409 nothing_to_pay" && bare.said == "400 idempotency_key_required")
            #expect(refused.map(\.said) == ["403 person_needed", "403 role_not_allowed"])
            #expect(ordered.status == 201 && ordered.json["amount"] == Settling.roubles(1_900))
            #expect(
                ordered.json["statements"] == [
                    ["statement_id": .string(settling.statement), "owed": Settling.roubles(4_900)],
                    ["statement_id": .string(next), "owed": Settling.roubles(-3_000)],
                ])
            #expect(replayed.json == ordered.json && second.said == "409 nothing_to_pay")
            #expect(within == 1_900 && state == "in_payment")
            #expect(paid.json["state"] == "paid" && paid.json["method"] == "netted" && paid.json["bank_reference"] == nil)
            #expect(again.said == "409 wrong_state")
            #expect(heads.map { $0["payment_id"] } == [paid.json["id"], paid.json["id"]])
            #expect(try await settling.balance(of: .clearing) == 0)
            #expect(try await settling.balance(of: .payable) == 0)
            #expect(try await settling.balance(of: .external) == -1_000_000 + 1_900)
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `what the platform holds is paid by the bank with a reference that stands once`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market, heldBy: .platform)
            _ = try await settling.acknowledge()
            let person = try await market.makePerson()
            _ = try await market.put("/v1/platform/persons/\(person)", as: market.platform, [:])
            let holder = try await market.key(.platform, person: person)
            let byRetailer = try await settling.order()
            let ordered = try await settling.order(as: holder)
            let refused = [
                try await settling.pay(ordered.idText), try await settling.pay(ordered.idText, as: holder),
                try await settling.post("payments/\(ordered.idText)/pay", as: holder, ["paid_on": "2026-03-10"]),
            ]
            let paid = try await settling.pay(ordered.idText, "PP-1", as: holder)
            try await settling.treasury.sell("8", "p1", 10_000, discount: 1_500)
            let next = try await settling.treasury.openStatement()
            _ = try await settling.treasury.seal(next)
            _ = try await settling.acknowledge(next)
            let other = try await settling.order(as: holder)
            let used = try await settling.pay(other.idText, "PP-1", as: holder)
            let done = try await settling.pay(other.idText, "PP-2", as: holder)
            let seen = try await market.get("\(settling.treasury.base)/payments/\(paid.idText)", as: settling.supplier)

            #expect(byRetailer.said == "403 not_money_holder")
            #expect(refused.map(\.said) == ["403 not_money_holder", "409 bank_reference_needed", "422 invalid_request"])
            #expect(
                paid.json["method"] == "bank" && paid.json["bank_reference"] == "PP-1" && paid.json["paid_on"] == "2026-03-09")
            #expect(seen.json == paid.json)
            #expect(used.said == "409 bank_reference_used" && done.json["state"] == "paid")
            #expect(try await settling.balance(of: .clearing) == 0)
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `where the policy says so another person pays than who ordered`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let retailer = settling.treasury.town.retailer
            try await market.database.transaction(as: .retailer(retailer)) { tx in
                _ = try tx.execute("UPDATE policy SET payment_needs_second_person = true WHERE retailer_id = \(retailer)")
            }
            _ = try await settling.acknowledge()
            let ordered = try await settling.order()
            let alone = try await settling.pay(ordered.idText, as: settling.first)
            let paid = try await settling.pay(ordered.idText, as: settling.second)

            #expect(alone.said == "403 second_person_needed")
            #expect(paid.json["state"] == "paid")
        }
    }

    @Test func `what is cancelled is payable again, and of many who pay and cancel at once one does`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            _ = try await settling.acknowledge()
            let first = try await settling.order()
            let cancelled = try await settling.post(
                "payments/\(first.idText)/cancel", as: settling.second, ["reason": "The bank sent it back."])
            let between = try await settling.settlementState()
            let orders = try await withThrowingTaskGroup(of: TestClient.Reply.self) { group in
                for _ in 0..<16 { group.addTask { try await settling.order() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let ordered = try #require(orders.first { $0.status == 201 })
            let ends = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        number % 2 == 0
                            ? try await settling.pay(ordered.idText).status
                            : try await settling.post("payments/\(ordered.idText)/cancel", as: settling.first, ["reason": "No."])
                                .status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let path = "payments?wallet_id=\(settling.treasury.town.wallet)&limit=1"
            let page = try await settling.treasury.get(path)
            let rest = try await settling.treasury.get("\(path)&cursor=\(page.json["next_cursor"].string ?? "")")
            let state = try await settling.settlementState()

            #expect(cancelled.json["state"] == "cancelled" && between == "acknowledged")
            #expect(orders.filter { $0.status == 201 }.count == 1)
            #expect(ends.filter { $0 == 200 }.count == 1)
            #expect(
                Set((page.json["data"].elements + rest.json["data"].elements).map { $0["id"] })
                    == [.string(first.idText), .string(ordered.idText)])
            #expect(state == "paid" || state == "acknowledged")
            #expect(try await settling.balance(of: .clearing) == 0)
            #expect(try await settling.balance(of: .payable) == (state == "paid" ? 0 : 4_900))
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `the retailer's own wallet is paid from its own budget, and nobody has to acknowledge it`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let (base, treasury) = (settling.treasury.base, settling.treasury)
            let wallet: WalletID = try await market.post("\(base)/wallets", as: settling.first, ["name": "Own"]).id()
            _ = try await settling.post(
                "wallets/\(wallet)/allocations", as: settling.first, ["amount": Settling.roubles(50_000), "reason": "spring"])
            let campaign = try await settling.ownCampaign(fundedBy: wallet)
            try await treasury.town.advance(to: "2026-03-17T09:00:00Z")
            try await treasury.sell("9", "p3", 5_000, discount: 500, day: "2026-03-17", naming: campaign)
            let list = try await treasury.get("statements?state=open&wallet_id=\(wallet)")
            let statement = list.json["data"][0]["id"].string ?? ""
            _ = try await treasury.seal(statement)
            let state = try await settling.settlementState(statement)
            let before = try await settling.balance(of: .allocation)
            let ordered = try await settling.order(of: wallet)
            let paid = try await settling.pay(ordered.idText)

            #expect(state == "acknowledged")
            #expect(paid.json["supplier_id"] == nil && paid.json["amount"] == Settling.roubles(500))
            #expect(try await settling.balance(of: .allocation) == before + 500)
            #expect(try await settling.balance(of: .clearing) == 0)
            #expect(try await treasury.findings() == [])
        }
    }
}
