import Kernel
import Postgres
import Receipts
import Tenancy
import TestSupport
import Testing

@Suite struct FilingTests {
    @Test func `a receipt is accepted once, replayed, and in conflict with other content`() async throws {
        try await FilingDesk.open { desk in
            var other = Receipt.sale("1")
            other.lines[1].paidAmount = 40
            other.total = 240

            let first = try await desk.file([.sale("1")])
            let again = try await desk.file([.sale("1")])
            let changed = try await desk.file([other])

            #expect(first.outcomes == [.accepted])
            #expect(first.stubStores == [.of("s1")])
            #expect(first.stubProducts == [.of("bread"), .of("milk")])
            #expect(again.outcomes == [.replayed])
            #expect(again.stubProducts.isEmpty)
            #expect(changed.outcomes == [.conflict(differs: ["/total", "/lines"])])
            #expect(try await desk.count("receipt") == 1)
        }
    }

    @Test(arguments: [3, 300]) func `a batch answers each receipt, duplicates within it too`(count: Int) async throws {
        try await FilingDesk.open { desk in
            var receipts = (1...count).map { Receipt.sale("\($0)", store: "s\($0 % 3)") }
            try await desk.file([receipts[1]])
            var conflict = receipts[0]
            conflict.fiscalID = "other"
            receipts += [receipts[2], conflict]

            let filed = try await desk.file(receipts)

            var expected = [FilingOutcome](repeating: .accepted, count: count)
            expected[1] = .replayed
            #expect(filed.outcomes == expected + [.replayed, .conflict(differs: ["/fiscal_id"])])
            #expect(try await desk.count("receipt") == Int64(count))
            #expect(try await desk.count("lines") == Int64(2 * count))
        }
    }

    @Test func `racing filings of the same receipts accept each once`() async throws {
        try await FilingDesk.open { desk in
            let receipts = (1...120).map { Receipt.sale("\($0)", store: "s\($0 % 5)", shopper: "card-\($0 % 7)") }
            let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
                for racer in 0..<32 {
                    let mine = Array(racer % 2 == 0 ? receipts : receipts.reversed())
                    group.addTask {
                        try await desk.file(mine).outcomes.count { $0 == .accepted }
                    }
                }
                return try await group.reduce(0, +)
            }

            #expect(accepted == 120)
            #expect(try await desk.count("receipt") == 120)
        }
    }

    @Test func `a till's receipt from before the oldest month waits in quarantine, history makes its month`() async throws {
        try await FilingDesk.open { desk in
            let old = Receipt.sale("1", day: "1997-05-01", soldAt: "1997-05-01T10:00:00Z")
            let future = Receipt.sale("2", day: "2026-03-05")

            let asHistory = try await desk.file([Receipt.sale("1", day: "2016-05-01", soldAt: "2016-05-01T10:00:00Z")])
            let fromTill = try await desk.file([old, future], from: .till(lateReceiptDays: 7))

            #expect(fromTill.outcomes == [.quarantined(.olderThanOldestMonth), .quarantined(.inTheFuture)])
            #expect(asHistory.outcomes == [.accepted])
            #expect(try await desk.count("quarantine") == 2)
            #expect(try await desk.count("receipt") == 1)
        }
    }

    @Test func `a void undoes a sale of its day, once`() async throws {
        try await FilingDesk.open { desk in
            try await desk.file([.sale("1")])

            let first = try await desk.file([.void("v1", of: .sample("1"))])
            let again = try await desk.file([.void("v1", of: .sample("1"))])
            let second = try await desk.file([.void("v2", of: .sample("1"))])
            let missing = try await desk.file([.void("v3", of: .sample("none"))])

            #expect(first.outcomes == [.accepted])
            #expect(first.voided.count == 1)
            #expect(again.outcomes == [.replayed])
            #expect(second.outcomes == [.refused(.alreadyVoided)])
            #expect(missing.outcomes == [.refused(.originalMissing)])
            #expect(try await desk.count("voided") == 1)
        }
    }

    @Test func `no more comes back than was sold`() async throws {
        try await FilingDesk.open { desk in
            let line = OriginalLine(key: .sample("1"), lineNo: 1)
            let filed = try await desk.file([.sale("1"), .back("r1", of: line), .back("r2", of: line), .back("r3", of: line)])
            let voided = try await desk.file([.void("v1", of: .sample("1"))])

            #expect(
                filed.outcomes == [
                    .accepted, .accepted, .accepted,
                    .refused(.returnExceedsLine(lineNo: 1, quantityMilliLeft: 0, amountLeft: 0)),
                ])
            #expect(filed.returns[1]?.map(\.match) == [.original])
            #expect(voided.outcomes == [.refused(.alreadyReturned)])
            #expect(try await desk.count("return_line") == 2)
        }
    }

    @Test func `racing returns of one line give back what was sold and no more`() async throws {
        try await FilingDesk.open { desk in
            try await desk.file([.sale("1")])
            let line = OriginalLine(key: .sample("1"), lineNo: 1)
            let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
                for racer in 0..<32 {
                    group.addTask { try await desk.file([.back("r\(racer)", of: line)]).outcomes.count { $0 == .accepted } }
                }
                return try await group.reduce(0, +)
            }

            #expect(accepted == 2)
            #expect(try await desk.count("return_line") == 2)
        }
    }

    @Test func `a return without its original is found where one sold line alone fits`() async throws {
        try await FilingDesk.open { desk in
            try await desk.file([.sale("1")])

            let found = try await desk.file([.back("r1")])
            let otherPrice = try await desk.file([.back("r2", amount: 90)])
            let stranger = try await desk.file([.back("r3", shopper: "card-2")])
            let unknownSale = try await desk.file([.back("r4", of: OriginalLine(key: .sample("none"), lineNo: 1))])
            try await desk.file([.sale("2")])
            let ambiguous = try await desk.file([.back("r5")])

            #expect(found.returns[0]?.map(\.match) == [.found])
            #expect(found.returns[0]?.first?.original?.lineNo == 1)
            for filed in [otherPrice, stranger, unknownSale, ambiguous] {
                #expect(filed.outcomes == [.accepted])
                #expect(filed.returns[0]?.map(\.match) == [.unmatched])
            }
        }
    }

    @Test(arguments: [
        ("2026-03-02T12:05:00Z", false), ("2026-03-02T12:05:01Z", true), ("2026-02-23T12:00:00Z", false),
        ("2026-02-23T11:59:59Z", true),
    ]) func `a till's clock counts within its bounds`(soldAt: String, isSuspect: Bool) {
        let received = Instant("2026-03-02T12:00:00Z")!
        let origin = ReceiptOrigin.till(lateReceiptDays: 7)
        #expect(origin.isClockSuspect(soldAt: Instant(soldAt)!, receivedAt: received) == isSuspect)
    }

    @Test func `another retailer and a supplier see nothing of it`() async throws {
        try await FilingDesk.open { desk in
            try await desk.file([.sale("1")])
            try await desk.file([.sale("2", day: "2026-03-05")], from: .till(lateReceiptDays: 7))
            let other = try await desk.market.makeRetailer()
            let supplier = try await desk.market.makeSupplier()
            let counted = { (scope: Scope, table: String) in
                try await desk.market.database.read(as: scope) { tx in
                    try tx.one(
                        """
                        SELECT CASE \(table) WHEN 'receipt' THEN (SELECT count(*) FROM receipt)
                            ELSE (SELECT count(*) FROM receipt_quarantine) + (SELECT count(*) FROM import) END
                        """, { row in try row.next(Int64.self) })
                }
            }

            #expect(try await counted(.retailer(other), "receipt") == 0)
            #expect(try await counted(.retailer(desk.retailer), "quarantine") == 1)
            #expect(try await counted(.supplier(supplier, at: desk.retailer), "quarantine") == 0)
        }
    }
}
