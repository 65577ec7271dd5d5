import Checkout
import JSONText
import Kernel
import Parties
import Postgres
import Receipts
import Tenancy
import TestSupport
import Testing

/// Receipts of tills that were offline come as a file, and are settled as if they had come one by one.
@Suite struct BulkReceiptTests {
    @Test func `a file pays what tills gave, by quotes, holds and the rules, and says what became of each`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let signed = try await till.quote(lines: [Till.line(1, "p1", 10_000)], shopper: "h1")
            let held = try await till.quote(lines: [Till.line(1, "p1", 10_000)], hold: "b1", shopper: "h2")
            let answer = try await till.sendFile([
                till.sale("1", discount: 1_500, quote: signed), till.sale("2", discount: 1_500, quote: held, shopper: "h2"),
                till.sale("3", discount: 2_000, shopper: "h3"), till.sale("4", discount: 500, product: "p3"),
                till.receipt("5", [Till.line(1, "p1", 10_000)]),
            ])

            #expect(answer.load["accepted"] == 5)
            #expect(answer.load["claimed_amount"] == 5_500)
            #expect(answer.load["funded_amount"] == 4_500)
            #expect(answer.outcomes.map { $0["line"] } == [1, 2, 3, 4])
            #expect(answer.outcomes.allSatisfy { $0["state"] == "accepted" })
            #expect(answer.outcomes[0]["receipt"]["number"] == "1")
            #expect((1...4).map { answer.discounts($0)[0]["funded_amount"] } == [1_500, 1_500, 1_500, 0])
            #expect((1...4).map { answer.discounts($0)[0]["reason"] } == [.null, .null, "more_than_quoted", "no_quote"])
            #expect(try await till.spend() == [500_000 - 3 * 1_650, 3 * 1_650, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a receipt of a file that a till has posted is answered as then and is paid once, and the other way round`()
        async throws
    {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let posted = try await till.post(till.sale("1", discount: 1_500))
            let file = [till.sale("1", discount: 1_500), till.sale("2", discount: 1_500), till.sale("2", discount: 1_500)]
            let answer = try await till.sendFile(file)
            let again = try await till.sendFile(file)
            let replayed = try await till.post(till.sale("2", discount: 1_500))

            #expect(answer.outcomes.map { $0["state"] } == ["replayed", "accepted", "replayed"])
            #expect(answer.discounts(1) == posted.json["discounts"].elements)
            #expect(answer.discounts(3) == answer.discounts(2))
            #expect(again.outcomes.map { $0["discounts"] } == answer.outcomes.map { $0["discounts"] })
            #expect(again.load["funded_amount"] == 0)
            #expect(replayed.json["discounts"].elements == answer.discounts(2))
            #expect(try await till.spend()[1] == 2 * 1_650)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `returns and voids in a file give back what was paid`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let answer = try await till.sendFile([
                till.sale("1", quantity: 2, discount: 3_000), till.sale("2", discount: 1_500),
                till.back("3", of: "1", amount: 8_500), till.void("4", of: "2"),
            ])

            #expect(answer.load["accepted"] == 4)
            #expect(answer.outcomes.map { $0["returns"].elements.count } == [0, 0, 1, 0])
            #expect(answer.outcomes[2]["returns"][0]["match"] == "original")
            #expect(try await till.spend()[1] == 1_650)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `late sales are paid until the campaign closes, and no more afterwards`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            try await till.town.advance(to: "2026-03-17T09:00:00Z")
            let late = try await till.sendFile([
                till.sale("1", discount: 1_500, day: "2026-03-12"), till.sale("2", discount: 1_500, day: "2026-03-16"),
                till.sale("3", discount: 1_500, day: "2026-03-09"),
            ])
            try await till.town.advance(to: "2026-03-24T09:00:00Z")
            let closed = try await till.sendFile([till.sale("4", discount: 1_500, day: "2026-03-15")])

            #expect((1...3).map { late.discounts($0)[0]["reason"] } == [.null, "no_quote", "clock_suspect"])
            #expect(closed.discounts(1)[0]["reason"] == "after_close")
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a sale of a month that nobody has sold in before is filed, and its discount is too late`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let answer = try await till.sendFile([till.sale("1", discount: 1_500, day: "2013-05-04")])

            #expect(answer.load["accepted"] == 1)
            #expect(answer.discounts(1)[0]["reason"] == "clock_suspect")
            #expect(try await till.books().contains { $0.hasPrefix("receipt 2013-05-04 1 sale") && $0.hasSuffix(" t") })
            #expect(try await till.findings() == [])
        }
    }

    @Test func `who is refused in a file leaves nothing behind, and fails none of its neighbours`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market)
            let answer = try await till.sendFile([
                till.sale("1", discount: 1_500), till.back("2", of: "1", amount: 8_500),
                till.back("3", of: "1", amount: 8_500, product: "nobody-sells-this"), till.void("4", of: "none"),
                till.back("5", of: "1", amount: 8_500), till.sale("1", discount: 1_000, shopper: "stranger"),
                till.sale("6", discount: 1_500),
            ])
            let products = try await till.books().filter { $0.hasPrefix("stub") }

            #expect(answer.load["accepted"] == 3)
            #expect(answer.rejects.map { $0["line"] } == [3, 4, 5, 6])
            #expect(
                answer.rejects.map { $0["code"] } == [
                    "original_line_differs", "original_missing", "return_exceeds_line", "receipt_conflict",
                ])
            #expect(products == ["stub p1", "stub p2", "stub p3"])
            #expect(try await till.spend()[1] == 1_650)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a file that broke off goes on, pays nothing twice and leaves nothing out`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 1_000, "units_per_receipt": 10])
            let receipts = (0..<1_200).map { number in
                number % 7 == 6
                    ? till.back("n\(number)", of: "n\(number - 1)", amount: 8_500)
                    : till.sale("n\(number)", discount: 1_500, shopper: "h\(number % 50)")
            }
            let (target, bytes) = (till.importTarget, Till.ndjson(receipts))
            let request = ImportRequest(id: market.clock.world.newID(), format: .ndjson)
            var limits = ImportLimits()
            limits.chunkItemsMax = 100
            let run = RunImport(ReceiptImport.test, to: target, isGzip: false, limits: limits)
            await #expect(throws: PiecesOfFile.Broken.self) {
                try await run.run(request, from: PiecesOfFile(bytes: bytes, breaksAfter: bytes.count * 4 / 5))
            }
            let broken = try await till.spend()[1]
            let whole = try await run.run(request, from: PiecesOfFile(bytes: bytes))

            #expect(broken > 0)
            #expect(whole.state == .finished)
            #expect(whole.counts.accepted == 1_200)
            #expect(whole.counts.replayed == 0)
            #expect(whole.counts.linesRead == 1_200)
            // The budget pays 303 units at a time, and what comes back pays again.
            #expect(whole.counts.fundedMinor <= whole.counts.claimedMinor)
            #expect(try await till.findings() == [])
            market.clock.set(TestClock().now)
            let twin = try await Till.open(in: market, limits: ["units_per_shopper": 1_000, "units_per_receipt": 10])
            let once = try await twin.sendFile(
                (0..<1_200).map { number in
                    number % 7 == 6
                        ? twin.back("n\(number)", of: "n\(number - 1)", amount: 8_500)
                        : twin.sale("n\(number)", discount: 1_500, shopper: "h\(number % 50)")
                })
            #expect(once.load["funded_amount"] == .integer(whole.counts.fundedMinor))
            #expect(try await twin.books() == till.books())
        }
    }

    @Test func `files and tills that send the same receipts at once have each paid once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 1_000, "units_per_receipt": 10])
            let receipts = (0..<120).map { till.sale("n\($0)", discount: 1_500, shopper: "h\($0 % 9)") }
            let loads = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let request = ImportRequest(id: market.clock.world.newID(), format: .ndjson)
                        let load = try await RunImport(ReceiptImport.test, to: till.importTarget, isGzip: false)
                            .run(request, from: PiecesOfFile(bytes: Till.ndjson(receipts)))
                        return load.counts.accepted
                    }
                }
                group.addTask {
                    var accepted: Int64 = 0
                    for receipt in receipts.reversed() where try await till.post(receipt).status == 201 { accepted += 1 }
                    return accepted
                }
                return try await group.reduce(0, +)
            }

            #expect(loads == 120)
            #expect(try await till.spend() == [500_000 - 120 * 1_650, 120 * 1_650, 0])
            #expect(try await till.findings() == [])
        }
    }

    @Test func `two requests that go on with one import take over from each other and pay once`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.open(in: market, limits: ["units_per_shopper": 1_000, "units_per_receipt": 10])
            let bytes = Till.ndjson((0..<600).map { till.sale("n\($0)", discount: 100, shopper: "h\($0 % 9)") })
            let request = ImportRequest(id: market.clock.world.newID(), format: .ndjson)
            let ended = await withTaskGroup(of: String.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do {
                            let load = try await RunImport(ReceiptImport.test, to: till.importTarget, isGzip: false)
                                .run(request, from: PiecesOfFile(bytes: bytes))
                            return "\(load.state) \(load.counts.accepted)"
                        } catch { return "\(error)" }
                    }
                }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }

            #expect(ended.isSubset(of: ["finished 600", "takenOver"]) && ended.contains("finished 600"), "\(ended)")
            #expect(try await till.receiptCount() == 600)
            #expect(try await till.findings() == [])
        }
    }

    @Test func `a file speaks for its own retailer alone`() async throws {
        try await TestMarket.run { market in
            let other = try await Till.open(in: market)
            market.clock.set(TestClock().now)
            let till = try await Till.open(in: market)
            let quote = try await other.quote(lines: [Till.line(1, "p1", 10_000)], shopper: "h1")
            let answer = try await till.sendFile([
                other.sale("1", discount: 1_500), till.sale("2", discount: 1_500, quote: quote),
                till.sale("3", discount: 1_500, quote: ["quote_id": "qt1_forged"]),
            ])
            let id = answer.load["id"].string ?? ""
            let feed = try await market.key(of: other.town.retailer, .feed)
            let own = "/v1/retailers/\(till.town.retailer)/imports/\(id)/outcomes"
            let theirs = "/v1/retailers/\(other.town.retailer)/imports/\(id)/outcomes"

            #expect(answer.discounts(1)[0]["reason"] == "unknown_campaign")
            #expect((2...3).map { answer.discounts($0)[0]["funded_amount"] } == [1_500, 1_500])
            #expect(try await market.get(own, as: feed).status == 404)
            #expect(try await market.get(theirs, as: feed).status == 404)
            #expect(try await market.get(own, as: till.town.marketer).status == 403)
            #expect(try await market.get(own, as: till.key).status == 403)
            #expect(try await other.spend() == [500_000, 0, 0])
            #expect(try await till.findings() == [])
        }
    }
}

/// A file that comes in pieces and may break off.
struct PiecesOfFile: AsyncSequence, Sendable {
    struct Broken: Error {}

    let bytes: [UInt8]
    var breaksAfter: Int?

    func makeAsyncIterator() -> Iterator { Iterator(file: self) }

    struct Iterator: AsyncIteratorProtocol {
        let file: PiecesOfFile
        var offset = 0

        init(file: PiecesOfFile) { self.file = file }

        mutating func next() async throws -> [UInt8]? {
            if let end = file.breaksAfter, offset >= end { throw Broken() }
            guard offset < file.bytes.count else { return nil }
            defer { offset += 10_000 }
            return Array(file.bytes[offset..<Swift.min(file.bytes.count, offset + 10_000)])
        }
    }
}
