import App
import Checkout
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Synchronization
import Tenancy
import TestSupport
import Testing

/// Receipts of many tills in one transaction: each is answered as if it had come alone.
@Suite struct GroupCommitTests {
    @Test func `100 tills at two nodes spend a budget for half of them to the unit`() async throws {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        try await TestMarket.run(on: database) { market in
            let budget: Int64 = 50 * 1_650
            let till = try await Till.open(
                in: market, budget: budget, limits: ["units_per_shopper": 1, "units_per_receipt": 1, "units": 1_000])
            let second = Database(DatabaseConfiguration(address: address))
            let funded = try await TestMarket.run(on: second, clock: market.clock) { other in
                try await withThrowingTaskGroup(of: Int64.self) { group in
                    for number in 0..<100 {
                        let node = number.isMultiple(of: 2) ? market : other
                        group.addTask {
                            let receipt = till.sale("n\(number)", discount: 1_500, shopper: "h\(number)")
                            let reply = try await till.post(receipt, at: node)
                            #expect(reply.status == 201, "\(reply.text)")
                            return reply.json["discounts"][0]["funded_amount"].integer ?? -1
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            await second.close()

            #expect(funded.filter { $0 == 1_500 }.count == 50)
            #expect(funded.filter { $0 == 0 }.count == 50)
            #expect(try await till.spend() == [0, budget, 0])
            #expect(try await till.findings() == [])
        }
        await database.close()
    }

    @Test func `a receipt that PostgreSQL refuses fails none of its neighbours`() async throws {
        try await Self.alone { till in
            try await till.town.market.database.transaction(as: Session(role: "tradewind_owner")) { tx in
                try tx.script("ALTER TABLE receipt ADD CONSTRAINT receipt_not_bad CHECK (number <> 'bad')")
            }
            let numbers = (1...20).map { $0 == 13 ? "bad" : "g\($0)" }
            let replies = try await till.together(numbers.map { till.sale($0, discount: 1_500, shopper: "h-\($0)") })

            for (number, reply) in zip(numbers, replies) {
                #expect(reply.status == (number == "bad" ? 500 : 201), "\(number) \(reply.text)")
                guard number != "bad" else { continue }
                #expect(reply.json["discounts"][0]["funded_amount"] == 1_500, "\(number)")
            }
            #expect(try await till.spend() == [500_000 - 21 * 1_650, 21 * 1_650, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a conflict, a replay and a quarantined receipt are answered among neighbours as alone`() async throws {
        try await Self.alone { till in
            let first = try await till.post(till.sale("r1", discount: 1_500))
            let replies = try await till.together([
                till.sale("r1", discount: 1_500), till.sale("r1", discount: 1_000), till.sale("r2", discount: 1_500),
                till.sale("r3", discount: 1_500, day: "2027-01-01", soldAt: "2026-03-09T09:00:00Z"),
            ])

            #expect(replies.map(\.status) == [200, 409, 201, 200])
            #expect(replies[0].json["state"] == "replayed")
            #expect(replies[0].json["discounts"] == first.json["discounts"])
            #expect(replies[1].json["code"] == "receipt_exists")
            #expect(replies[2].json["discounts"][0]["funded_amount"] == 1_500)
            #expect(replies[3].json["state"] == "quarantined")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `sales of one batch share a shopper's limit, and one hold pays one of them`() async throws {
        try await Self.alone(limits: ["units_per_shopper": 3, "units_per_receipt": 2]) { till in
            let quote = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b1", shopper: "h1")
            let replies = try await till.together([
                till.sale("r1", discount: 1_500, quote: quote), till.sale("r2", discount: 1_500, quote: quote),
                till.sale("r3", discount: 1_500), till.sale("r4", discount: 1_500),
            ])

            #expect(replies.allSatisfy { $0.status == 201 })
            let discounts = replies.map { $0.json["discounts"][0] }
            #expect(discounts.filter { $0["funded_amount"] == 1_500 }.count == 3)
            let short = discounts.filter { $0["funded_amount"] != 1_500 }
            #expect(short.map { $0["reason"] } == ["limit_reached"])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `beyond the bounded queue a receipt is refused with Retry-After, and what was taken in is answered`() async throws
    {
        var commits = CommitBounds()
        commits.waitingMax = 30
        try await Self.alone(commits: commits) { till in
            let bound = commits.waitingMax
            let replies = try await till.together(
                (0..<bound + 20).map { till.sale("q\($0)", discount: 10, shopper: nil) }, refused: 20)

            let refused = replies.filter { $0.status == 503 }
            #expect(refused.count == 20)
            #expect(refused.allSatisfy { $0.json["code"] == "overloaded" && $0.header("Retry-After") == "1" })
            #expect(replies.filter { $0.status == 201 }.count == bound)
            #expect(try await till.receiptCount() == bound + 2)
            #expect(try await till.findings() == [])
        }
    }

    /// On a database of its own, where nobody else waits for a lock.
    private static func alone(
        limits: JSONValue = ["units_per_shopper": 1_000, "units_per_receipt": 10], commits: CommitBounds = CommitBounds(),
        _ body: (Till) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.clone()
        try await TestMarket.run(on: database, commits: commits) { market in
            try await body(try await Till.open(in: market, limits: limits))
        }
        await database.close()
    }
}

private struct StillNotSo: Error {
    let waitingForLocks: Int
    let stands: String
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func increment() { count.add(1, ordering: .relaxed) }
}

extension Till {
    func post(_ receipt: JSONValue, at node: TestMarket) async throws -> TestClient.Reply {
        try await node.post("/v1/retailers/\(town.retailer)/receipts", as: key, receipt)
    }

    /// Posts receipts while the campaign's account is locked and two receipts wait for it, so that these collect behind
    /// them and are written together. The lock stands until so many were refused at once.
    func together(_ receipts: [JSONValue], refused: Int = 0) async throws -> [TestClient.Reply] {
        let (market, retailer) = (town.market, town.retailer)
        let answered = Counter()
        return try await withThrowingTaskGroup(of: (Int, TestClient.Reply).self) { group in
            let (locked, isLocked) = AsyncStream.makeStream(of: Void.self)
            let holder = Task {
                try await market.database.transaction(as: .retailer(retailer)) { tx in
                    try tx.lockCampaignAccounts(of: retailer)
                    isLocked.yield()
                    try tx.waitUntil { try tx.waitingForLocks() >= 2 }
                    try tx.waitUntil {
                        answered.value >= refused
                            && market.marketplace.pipeline.requestsRunning >= receipts.count - refused + 2
                    } stands: {
                        "answered \(answered.value), running \(market.marketplace.pipeline.requestsRunning)"
                    }
                }
            }
            for await _ in locked { break }
            for primer in 0..<2 {
                group.addTask { (-1, try await post(sale("primer\(primer)", discount: 1_500, shopper: "primer\(primer)"))) }
            }
            try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.waitUntil { try tx.waitingForLocks() >= 2 }
            }
            for (place, receipt) in receipts.enumerated() {
                group.addTask {
                    let reply = try await post(receipt)
                    answered.increment()
                    return (place, reply)
                }
            }
            try await holder.value
            return try await group.reduce(into: []) { $0.append($1) }.filter { $0.0 >= 0 }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    func receiptCount() async throws -> Int {
        let retailer = town.retailer
        return try await town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.one("SELECT count(*) FROM receipt WHERE retailer_id = \(retailer)") { row in try row.next(Int.self) }
        }
    }
}

extension Transaction {
    fileprivate func lockCampaignAccounts(of retailer: RetailerID) throws {
        try execute(
            """
            SELECT FROM account WHERE retailer_id = \(retailer) AND kind = 'campaign' ORDER BY account_id FOR UPDATE
            """)
    }

    /// Transactions of this database that wait for a lock. A transaction sees the connections that there were at its first look
    /// until it clears what it remembers.
    fileprivate func waitingForLocks() throws -> Int {
        _ = try one("SELECT pg_stat_clear_snapshot()::text") { row in try row.next(String.self) }
        return try one(
            """
            SELECT count(DISTINCT pid)
            FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE NOT granted AND datname = current_database()
            """
        ) { row in try row.next(Int.self) }
    }

    fileprivate func waitUntil(_ isSo: () throws -> Bool, stands: () -> String = { "" }) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(50))
        while try !isSo() {
            guard ContinuousClock.now < deadline else {
                throw StillNotSo(waitingForLocks: try waitingForLocks(), stands: stands())
            }
            _ = try one("SELECT pg_sleep(0.005)::text") { row in try row.next(String.self) }
        }
    }
}
