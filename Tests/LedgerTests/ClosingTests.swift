import EventLog
import JSONText
import Kernel
import Ledger
import Postgres
import Tenancy
import TestSupport
import Testing

/// What accounts had at the end of days, by the clock of Moscow (three hours before UTC).
@Suite struct ClosingTests {
    private static let first = BusinessDay("2026-03-02")!

    @Test func `a day is closed after its end with what was posted within it, once`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 1_000)
        try await books.sell(5, from: campaign, at: at("2026-03-02T20:59:59Z"))
        try await books.sell(7, from: campaign, at: at("2026-03-02T21:00:00Z"))
        let early = try await books.close("2026-03-02T21:04:59Z")
        let due = try await books.close("2026-03-02T21:05:00Z")
        let again = try await books.close("2026-03-03T20:00:00Z")

        #expect([early, due, again] == [0, 1, 0])
        #expect(try await books.closings(campaign) == ["2026-03-02 995 after 6"])
        let told = try await books.events("ledger.day_closed")
        #expect(told.map { [$0["day"], $0["accounts"], $0["previous_hash"]] } == [["2026-03-02", 4, nil]])
        #expect(try await books.findings() == [])
    }

    @Test func `days follow each other, also after a pause, and an account that rests has no row`() async throws {
        let books = try await TestBooks.open()
        let (busy, resting) = (try await books.makeCampaign(budget: 1_000), try await books.makeCampaign(budget: 10))
        _ = try await LedgerSealer(books.database, books.world).seal(books.retailer)
        _ = try await books.close("2026-03-02T22:00:00Z")
        for (day, count) in [("2026-03-03", 3), ("2026-03-05", 4), ("2026-03-06", 5)] {
            try await books.sell(count, from: busy, at: at("\(day)T12:00:00Z"))
        }
        let closed = try await books.close("2026-03-06T22:00:00Z")

        #expect(closed == 4)
        #expect(
            try await books.closings(busy) == [
                "2026-03-02 1000 after 1", "2026-03-03 997 after 4", "2026-03-05 993 after 8", "2026-03-06 988 after 13",
            ])
        #expect(try await books.closings(resting) == ["2026-03-02 10 after 1"])
        let told = try await books.events("ledger.day_closed")
        #expect(told.dropFirst().map { $0["previous_hash"] } == told.dropLast().map { $0["hash"] })
        #expect(told.map { $0["accounts"].integer } == [5, 2, 0, 2, 2])
        #expect(try await books.findings() == [])
    }

    @Test func `a closing that another node has begun is finished, and nodes that race tell once`() async throws {
        let books = try await TestBooks.open()
        for _ in 0..<8 { _ = try await books.makeCampaign(budget: 100) }
        let closed = try await inParallel(16) { try await books.close("2026-03-02T22:00:00Z") }

        #expect(closed.reduce(0, +) == 1)
        #expect(try await books.events("ledger.day_closed").map { $0["accounts"].integer } == [17])
        #expect(try await books.findings() == [])
    }

    @Test func `a retailer without money has no days`() async throws {
        let books = try await TestBooks.open()
        #expect(try await books.close("2026-03-09T22:00:00Z") == 0)
    }

    @Test func `whatever is changed of a closed day is found`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        let tamperings: [(check: String, sql: String)] = [
            ("closings_equal_entries", "UPDATE account_closing SET balance = balance + 1 WHERE R AND seq = 1"),
            ("closings_equal_entries", "UPDATE account_closing SET seq = seq + 1 WHERE R AND seq = 1"),
            ("closings_equal_entries", "UPDATE account_closing SET head = sha256('x') WHERE R AND seq = 1"),
            ("days_follow", "UPDATE account_closing SET balance = balance + 1 WHERE R AND seq = 1"),
            ("days_follow", "DELETE FROM account_closing WHERE R AND seq = 1"),
            ("days_follow", "UPDATE ledger_day SET hash = sha256('x') WHERE R AND day = '2026-03-02'"),
            ("days_follow", "DELETE FROM ledger_day WHERE R AND day = '2026-03-03'"),
            ("days_follow", "UPDATE ledger_day SET accounts = accounts + 1 WHERE R"),
        ]
        for (check, sql) in tamperings {
            let books = try await TestBooks.open(on: database)
            let campaign = try await books.makeCampaign(budget: 100)
            _ = try await LedgerSealer(database, books.world).seal(books.retailer)
            _ = try await books.close("2026-03-02T22:00:00Z")
            try await books.sell(3, from: campaign, at: at("2026-03-03T12:00:00Z"))
            _ = try await books.close("2026-03-04T22:00:00Z")
            #expect(try await books.findings() == [], "\(sql)")
            try await superuser.tamper(
                sql.replacing(" R ", with: " retailer_id = '\(books.retailer.value)' ")
                    .replacing(" R", with: " retailer_id = '\(books.retailer.value)'"))

            #expect(try await books.found(check).isEmpty == false, "\(sql)")
            let byDay = try await Verification(database, closingsMax: 1).run(.named(check), of: books.retailer)
            #expect(byDay.findings > 0, "\(sql), a day at a time")
        }
        await superuser.close()
        await database.close()
    }

    @Test func `days are verified in stretches of so many closings, each day once, from a day on`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 1_000)
        _ = try await books.close("2026-03-02T22:00:00Z")
        for day in 3...9 { try await books.sell(2, from: campaign, at: at("2026-03-0\(day)T12:00:00Z")) }
        _ = try await books.close("2026-03-09T22:00:00Z")
        // Three accounts moved on the first day, two on each other.
        let stretches = { (closingsMax: Int, since: BusinessDay?) in
            try await books.database.read(as: .retailer(books.retailer)) { tx in
                var found: [ClosedDays] = []
                while let next = try tx.closedDays(
                    of: books.retailer, since: since, after: found.last?.last, closingsMax: closingsMax)
                {
                    found.append(next)
                }
                return found.map { "\($0.first) \($0.last) \($0.count)" }
            }
        }

        #expect(try await stretches(5_000, nil) == ["2026-03-02 2026-03-09 8"])
        #expect(
            try await stretches(4, nil) == [
                "2026-03-02 2026-03-03 2", "2026-03-04 2026-03-05 2", "2026-03-06 2026-03-07 2", "2026-03-08 2026-03-09 2",
            ])
        #expect(try await stretches(1, BusinessDay("2026-03-08")) == ["2026-03-08 2026-03-08 1", "2026-03-09 2026-03-09 1"])
        for closingsMax in [1, 4, 5_000] {
            let report = try await Verification(books.database, closingsMax: closingsMax).run(
                .named("days_follow"), of: books.retailer)
            #expect((report.checked, report.findings) == (8, 0))
        }
    }

    @Test func `since a day only what was posted since is read, from the closing before it`() async throws {
        let database = try await TestDatabase.clone()
        let superuser = try await TestDatabase.superuser(of: database)
        let books = try await TestBooks.open(on: database)
        let campaign = try await books.makeCampaign(budget: 10_000)
        try await books.sell(600, from: campaign)
        let sealer = LedgerSealer(database, books.world)
        _ = try await sealer.seal(books.retailer)
        _ = try await books.close("2026-03-02T22:00:00Z")
        try await books.sell(300, from: campaign, at: at("2026-03-03T12:00:00Z"))
        _ = try await sealer.seal(books.retailer)

        let day = Self.first.adding(days: 1)
        var (whole, since) = ([String: Int64](), [String: Int64]())
        for check in LedgerCheck.ledger {
            let all = try await Verification(database).run(check, of: books.retailer)
            let some = try await Verification(database, since: day).run(check, of: books.retailer)
            #expect(all.findings == 0 && some.findings == 0, "\(check.name): \(all.examples) \(some.examples)")
            (whole[check.name], since[check.name]) = (all.checked, some.checked)
        }
        for name in ["balance_chain", "entries_gap_free", "seals_equal_entries", "entries_match_transfers"] {
            #expect((whole[name], since[name]) == (1_804, 600), "\(name)")
        }
        #expect((whole["transfers_have_two_entries"], since["transfers_have_two_entries"]) == (902, 300))

        for (seq, isFound) in [(Int64(100), false), (700, true)] {
            try await superuser.tamper(
                """
                UPDATE entry SET balance_after = balance_after + 1
                WHERE retailer_id = '\(books.retailer.value)' AND account_id = '\(campaign.value)' AND seq = \(seq)
                """)
            #expect(try await books.found("balance_chain", since: day).isEmpty == !isFound, "\(seq)")
            #expect(try await books.found("balance_chain").isEmpty == false, "\(seq)")
        }
        await superuser.close()
        await database.close()
    }
}

/// What a wallet's owner reads of it.
@Suite struct ClosingRouteTests {
    @Test func `owners read their wallets' closings, the retailer its days`() async throws {
        try await TestMarket.run { market in
            let treasury = try await TestTreasury.open(in: market)
            let wallet = try await treasury.openWallet()
            _ = try await treasury.receive(
                try await treasury.request(1_000, into: wallet), into: wallet, 1_000, bankID: "line-1")
            for day in 2...4 {
                market.clock.set(at("2026-03-0\(day)T22:00:00Z"))
                try await DayCloser(market.database, market.clock.world).close(treasury.retailer)
            }
            let path = "\(treasury.home)/wallets/\(wallet)/closings"
            let own = try await market.get(path, as: treasury.supplierTreasurer)
            let stranger = try await market.get(path, as: try await TestTreasury.open(in: market).supplierTreasurer)
            let days = try await market.get("\(treasury.home)/ledger-days?limit=2", as: treasury.treasurer)
            let rest = try await market.get(
                "\(treasury.home)/ledger-days?cursor=\(days.json["next_cursor"].string ?? "")", as: treasury.treasurer)
            let bad = try await market.get("\(treasury.home)/ledger-days?cursor=nonsense", as: treasury.treasurer)
            let supplier = try await market.get("\(treasury.home)/ledger-days", as: treasury.supplierTreasurer)

            #expect(own.json["data"] == [["day": "2026-03-02", "balance": roubles(1_000), "seq": 1]])
            #expect((stranger.status, supplier.status, bad.status) == (404, 403, 422))
            #expect(days.json["data"].elements.map { $0["day"] } == ["2026-03-04", "2026-03-03"])
            #expect(rest.json["data"].elements.map { $0["day"] } == ["2026-03-02"])
            #expect(days.json["data"][1]["previous_hash"] == rest.json["data"][0]["hash"])
        }
    }
}

private func at(_ time: String) -> Instant { Instant(time)! }

extension TestBooks {
    /// Closes the days that are over at a time; how many.
    fileprivate func close(_ time: String) async throws -> Int {
        try await DayCloser(database, TestClock(Instant(time)!).world).close(retailer)
    }

    fileprivate func closings(_ account: AccountID) async throws -> [String] {
        let retailer = retailer
        return try await transaction { tx in
            try tx.query(
                """
                SELECT format('%s %s after %s', day, balance, seq) FROM account_closing
                WHERE retailer_id = \(retailer) AND account_id = \(account) ORDER BY day
                """
            ) { row in try row.next(String.self) }
        }
    }

    fileprivate func events(_ type: String) async throws -> [JSONValue] {
        let retailer = retailer
        let events = try await transaction { tx in try tx.events(of: retailer, after: 0, limit: 1_000) }
        return try events.filter { $0.type == type }.map { try JSONReader.parse($0.data) }
    }
}

extension LedgerCheck {
    fileprivate static func named(_ name: String) -> LedgerCheck { ledger.first { $0.name == name }! }
}
