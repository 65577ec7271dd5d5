import JSONText
import Kernel
import Ledger
import Postgres
import Tenancy
import TestSupport
import Testing

/// A supplier disputes lines of a sealed statement; what is upheld goes back in the open one.
@Suite struct DisputeTests {
    @Test func `what two persons agree on goes back with its fee, in the open statement, and the sealed one stands`()
        async throws
    {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let before = figures(try await settling.treasury.get("statements/\(settling.statement)").json)
            let opened = try await settling.dispute(try await settling.line("redemption", of: 3_000))
            let waiting = try await settling.acknowledge()
            let upheld = try await settling.uphold(opened.idText, 2_000)
            let refused = [
                try await settling.settle(opened.idText, as: settling.first),
                try await settling.settle(
                    opened.idText, as: try await market.key(of: settling.treasury.town.retailer, .treasurer)),
                try await settling.settle(opened.idText, as: settling.supplier), try await settling.order(),
            ]
            let settled = try await settling.settle(opened.idText, once: "settle")
            let replayed = try await settling.settle(opened.idText, once: "settle")
            let again = try await settling.settle(opened.idText)
            let open = try await settling.treasury.openStatement()
            let after = figures(try await settling.treasury.get("statements/\(settling.statement)").json)
            let next = figures(try await settling.treasury.get("statements/\(open)").json)

            #expect(opened.status == 201 && opened.json["amount"] == Settling.roubles(3_000))
            #expect(waiting.said == "409 disputes_open")
            #expect(upheld.json["state"] == "upheld" && upheld.json["upheld_amount"] == Settling.roubles(2_000))
            #expect(
                refused.map(\.said) == [
                    "403 second_person_needed", "403 person_needed", "403 role_not_allowed", "409 nothing_to_pay",
                ])
            #expect(settled.json["state"] == "settled" && settled.json["fee_amount"] == Settling.roubles(200))
            #expect(replayed.json == settled.json && again.said == "409 wrong_state")
            #expect(after == before)
            #expect(next["corrections"] == 2_200 && next["disputes"] == 2_000)
            #expect(next["payable"] == 0 && next["owed_back"] == 2_000)
            #expect(try await settling.settlementState() == "answered")
            #expect(try await settling.balance(of: .payable) == 2_900)
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `a return after a settled dispute gives back the rest, and a dispute after a return no more than the rest`()
        async throws
    {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let large = try await settling.dispute(try await settling.line("redemption", of: 3_000))
            _ = try await settling.uphold(large.idText, 2_000)
            _ = try await settling.settle(large.idText)
            try await settling.treasury.takeBack("6", of: "2", "p2", 20_000, discount: 3_000)
            // Two lines of 1 500: one was returned before the seal, and nothing is left of it.
            var upheld: [TestClient.Reply] = []
            for line in try await settling.lines("redemption", of: 1_500) {
                upheld.append(try await settling.uphold(try await settling.dispute(line).idText))
            }
            try await settling.treasury.takeBack("7", of: "3", "p1", 10_000, discount: 2_000)
            let tooLate = try await settling.settle(upheld.first { $0.status == 200 }?.idText ?? "")
            let open = figures(try await settling.treasury.get("statements/\(try await settling.treasury.openStatement())").json)

            #expect(upheld.map(\.said).sorted() == ["200 ", "409 beyond_line"] && tooLate.said == "409 beyond_line")
            #expect(open["disputes"] == 2_000 && open["returns"] == 2_500 && open["fee_returns"] == 250)
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `what was upheld is upheld anew with another amount, and another person than who did that settles it`()
        async throws
    {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let dispute = try await settling.dispute(try await settling.line("redemption", of: 3_000)).idText
            _ = try await settling.uphold(dispute, 3_000)
            let anew = try await settling.uphold(dispute, 1_000, as: settling.second)
            let own = try await settling.settle(dispute, as: settling.second)
            let settled = try await settling.settle(dispute, as: settling.first)
            let late = try await settling.uphold(dispute, 500)

            #expect(anew.json["upheld_amount"] == Settling.roubles(1_000))
            #expect(own.said == "403 second_person_needed" && late.said == "409 wrong_state")
            #expect(settled.json["state"] == "settled" && settled.json["fee_amount"] == Settling.roubles(100))
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `goods whose discount a dispute gave back whole bring their units back to limits`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let opened = try await settling.dispute(try await settling.line("redemption", of: 3_000))
            _ = try await settling.uphold(opened.idText)
            let settled = try await settling.settle(opened.idText)
            let before = try await settling.unitsCounted()
            try await settling.treasury.takeBack("6", of: "2", "p2", 20_000, discount: 3_000)

            #expect(settled.json["state"] == "settled")
            #expect(try await settling.unitsCounted() < before)
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `what the supplier bore is given back too, without a fee`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let opened = try await settling.dispute(try await settling.line("unfunded", of: 400))
            _ = try await settling.uphold(opened.idText)
            let settled = try await settling.settle(opened.idText)
            try await settling.treasury.takeBack("6", of: "4", "p3", 5_000, discount: 500)
            let open = figures(try await settling.treasury.get("statements/\(try await settling.treasury.openStatement())").json)

            #expect(settled.json["fee_amount"] == Settling.roubles(0))
            #expect(open["corrections"] == 400 && open["unfunded_returns"] == 0 && open["owed_back"] == 400)
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `lines are disputed once, within what they moved, by the supplier whose they are`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let stranger = try await Settling.open(in: market)
            let line = try await settling.line("redemption", of: 3_000)
            let refused = [
                try await settling.dispute(line, 3_001), try await settling.dispute(try await settling.line("fee", of: 300)),
                try await settling.dispute(try await settling.line("top_up", of: 1_000_000)),
                try await settling.dispute(try await stranger.line("redemption", of: 3_000)),
                try await settling.dispute(line, as: settling.first),
                try await settling.dispute(line, as: try await market.key(of: settling.treasury.town.supplier, .treasurer)),
                try await settling.dispute(line, as: stranger.supplier),
            ]
            let first = try await settling.dispute(line, 1_000)
            let second = try await settling.dispute(line)
            let withdrawn = try await settling.post("disputes/\(first.idText)/withdraw", as: settling.supplier)
            let state = try await settling.settlementState()
            let third = try await settling.dispute(line)
            let unseen = try await market.get("\(stranger.treasury.base)/disputes/\(third.idText)", as: stranger.first)
            let rejected = try await settling.reject(third.idText)
            let shown = try await settling.treasury.get("disputes/\(third.idText)", as: settling.supplier)
            let late = [
                try await settling.post("disputes/\(third.idText)/withdraw", as: settling.supplier),
                try await settling.uphold(third.idText), try await settling.dispute(line),
            ]
            let listed = try await settling.treasury.get("disputes?statement_id=\(settling.statement)&limit=1")
            let rest = try await settling.treasury.get(
                "disputes?state=rejected&wallet_id=\(settling.treasury.town.wallet)", as: settling.supplier)

            #expect(
                refused.map(\.said) == [
                    "409 beyond_line", "409 not_disputable", "409 not_disputable", "404 not_found", "403 role_not_allowed",
                    "403 person_needed", "404 not_found",
                ])
            #expect(second.said == "409 dispute_exists")
            #expect(withdrawn.json["state"] == "withdrawn" && state == "awaiting")
            #expect(unseen.status == 404)
            #expect(rejected.json["answer"] == "The receipt shows it." && shown.json == rejected.json)
            #expect(late.map(\.said) == ["409 wrong_state", "409 wrong_state", "409 dispute_exists"])
            #expect(listed.json["data"].elements.count == 1 && listed.json["next_cursor"] != nil)
            #expect(rest.json["data"].elements == [rejected.json])
            #expect(try await settling.treasury.findings() == [])
        }
    }

    @Test func `the second person may disagree, and of many who settle at once one does`() async throws {
        try await TestMarket.run { market in
            let settling = try await Settling.open(in: market)
            let first = try await settling.dispute(try await settling.line("redemption", of: 3_000))
            let second = try await settling.dispute(try await settling.line("unfunded", of: 400))
            _ = try await settling.uphold(first.idText)
            _ = try await settling.uphold(second.idText)
            let rejected = try await settling.reject(first.idText, as: settling.second)
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { try await settling.settle(second.idText).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(rejected.json["state"] == "rejected" && rejected.json["upheld_amount"] == nil)
            #expect(answers.filter { $0 == 200 }.count == 1 && answers.filter { $0 == 409 }.count == 31)
            #expect(try await settling.balance(of: .payable) == 4_500)
            #expect(try await settling.treasury.findings() == [])
        }
    }
}

extension Settling {
    /// Units that all counters of limits hold together.
    fileprivate func unitsCounted() async throws -> Int64 {
        let retailer = treasury.town.retailer
        return try await treasury.town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.one("SELECT COALESCE(sum(used), 0)::bigint FROM limit_counter WHERE retailer_id = \(retailer)") { row in
                try row.next()
            }
        }
    }
}
