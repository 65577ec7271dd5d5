import Compression
import HTTPTypes
import JSONText
import Kernel
import Parties
import Receipts
import Tenancy
import TestSupport
import Testing

@Suite struct ImportTests {
    @Test func `a file of lines is taken over, bad lines are listed and do not stop it`() async throws {
        try await FilingDesk.open { desk in
            let bad = #"{"store_id": "s1", "colour": "red"}"# + "\nnonsense\n"
            let reply = try await desk.upload(ndjson([.sale("1"), .sale("2")]) + Array(bad.utf8) + ndjson([.sale("3")]))
            let id = try #require(reply.json["id"].string)
            let feed = try await desk.market.key(of: desk.retailer, .feed)
            let path = "/v1/retailers/\(desk.retailer)/imports"
            let shown = try await desk.market.get("\(path)/\(id)", as: feed)
            let listed = try await desk.market.get(path, as: feed)
            let rejects = try await desk.market.get("\(path)/\(id)/rejects", as: feed)

            #expect(reply.status == 200)
            #expect(reply.json["state"] == "finished")
            #expect(reply.json["lines_read"] == 5)
            #expect(reply.json["accepted"] == 3)
            #expect(reply.json["rejected"] == 2)
            #expect(shown.json == reply.json)
            #expect(listed.json["data"].elements.count == 1)
            let lines = try rejects.text.split(separator: "\n").map { try JSONReader.parse(Array($0.utf8)) }
            #expect(lines.map { $0["line"] } == [3, 4])
            #expect(lines[1]["code"] == "malformed_json")
            #expect(lines[1]["content"] == "nonsense")
            #expect(try await desk.count("receipt") == 3)
            #expect(try await desk.count("event") == 1)
        }
    }

    @Test func `the same file sent again replays every receipt`() async throws {
        try await FilingDesk.open { desk in
            let file = ndjson((1...150).map { .sale("\($0)") })
            let first = try await desk.upload(file)
            let again = try await desk.upload(file)

            #expect(first.json["accepted"] == 150)
            #expect(again.json["accepted"] == 0)
            #expect(again.json["replayed"] == 150)
            #expect(try await desk.count("receipt") == 150)
        }
    }

    @Test func `a finished import is answered again under its key`() async throws {
        try await FilingDesk.open { desk in
            let first = try await desk.upload(ndjson([.sale("1")]), key: "k-\(desk.retailer)")
            let again = try await desk.upload(ndjson([.sale("1"), .sale("2")]), key: "k-\(desk.retailer)")

            #expect(again.json == first.json)
            #expect(try await desk.count("receipt") == 1)
        }
    }

    @Test func `CSV has a row for each line, quoted fields and all`() async throws {
        try await FilingDesk.open { desk in
            let csv = """
                store_id,business_day,till,number,sold_at,shopper_id,line_no,product_id,quantity_milli,regular_amount,base_amount,paid_amount\r
                "s,1",2026-03-01,t1,1,2026-03-01T10:00:00Z,card,1,milk,1000,100,90,90\r
                "s,1",2026-03-01,t1,1,2026-03-01T10:00:00Z,card,2,"br""ead",500,50,50,50\r
                s2,2026-03-01,t1,2,2026-03-01T10:00:00Z,,1,milk,x,100,90,90\r
                s2,2026-03-01,t1,2,2026-03-01T10:00:00Z,,2,bread,1000,100,90,90\r
                s2,2026-03-01,t1,3,2026-03-01T10:00:00Z,,1,milk,1000,100,90,90\r

                """
            let reply = try await desk.upload(Array(csv.utf8), "text/csv; charset=utf-8")
            let admin = try await desk.market.key(of: desk.retailer, .admin)
            let one = try await desk.market.get(
                "/v1/retailers/\(desk.retailer)/receipts/s%2C1/2026-03-01/t1/-/1", as: admin)

            #expect(reply.json["accepted"] == 2)
            #expect(reply.json["rejected"] == 1)
            #expect(reply.json["lines_read"] == 6)
            #expect(one.json["total"] == 140)
            #expect(one.json["lines"].elements.map { $0["product_id"] } == ["milk", "br\"ead"])
        }
    }

    @Test(arguments: [
        ("store_id,colour\n", "unknown_column"), ("store_id,till\n", "missing_column"), ("", "bad_header"),
        ("store_id,store_id\n", "bad_header"),
    ]) func `a header that cannot be used is refused`(header: String, code: String) async throws {
        try await FilingDesk.open { desk in
            let reply = try await desk.upload(Array(header.utf8), "text/csv")

            #expect(reply.status == 422)
            #expect(reply.json["code"] == .string(code))
        }
    }

    @Test func `a row that cannot be read takes its neighbours with it, so that no receipt is filed in part`() async throws {
        try await FilingDesk.open { desk in
            let head =
                "store_id,business_day,till,number,sold_at,line_no,product_id,quantity_milli,regular_amount,base_amount\n"
            let row = { (number: Int, line: Int) in "s,2026-03-01,t,\(number),2026-03-01T10:00:00Z,\(line),milk,1000,9,9\n" }
            let csv = head + row(1, 1) + "s,2026-03-01,t\n" + row(2, 1) + row(3, 1)
            let reply = try await desk.upload(Array(csv.utf8), "text/csv")

            #expect(reply.json["accepted"] == 1)
            #expect(reply.json["rejected"] == 3)
        }
    }

    @Test func `gzip is inflated, a truncated one may be gone on with, a bomb is refused`() async throws {
        try await FilingDesk.open { desk in
            let file = ndjson((1...200).map { .sale("\($0)", shopper: "card-\($0)") })
            let packed = Gzip.compress(file)
            let cut = try await desk.upload(Array(packed.dropLast(20)), key: "gz-\(desk.retailer)", gzip: true)
            let whole = try await desk.upload(packed, key: "gz-\(desk.retailer)", gzip: true)
            let bomb = try await desk.upload(
                Gzip.compress([UInt8](repeating: UInt8(ascii: " "), count: 200 << 20)), gzip: true)
            let plain = try await desk.upload(file, gzip: true)

            #expect(cut.status == 422)
            #expect(cut.json["code"] == "truncated_gzip")
            #expect(whole.json["state"] == "finished")
            #expect(whole.json["rejected"] == 0)
            #expect(try await desk.count("receipt") == 200)
            #expect(bomb.status == 413)
            #expect(bomb.json["code"] == "inflated_too_large")
            #expect(plain.json["code"] == "corrupt_gzip")
        }
    }

    @Test func `an import that broke in the middle goes on after its last chunk`() async throws {
        try await FilingDesk.open { desk in
            let file = ndjson((1...1000).map { .sale("\($0)") })
            var limits = ImportLimits()
            limits.chunkItemsMax = 100
            let target = ImportTarget(desk.market.database, desk.retailer, in: desk.market.clock.world)
            let request = ImportRequest(id: desk.market.clock.world.newID(), format: .ndjson)
            let run = { (bytes: BrokenFile) in
                try await RunImport(ReceiptImport.test, to: target, isGzip: false, limits: limits).run(request, from: bytes)
            }

            await #expect(throws: BrokenFile.Broken.self) {
                try await run(BrokenFile(bytes: file, pieceBytes: 10_000, breaksAfter: file.count * 2 / 3))
            }
            let kept = try await desk.count("receipt")
            let whole = try await run(BrokenFile(bytes: file, pieceBytes: 10_000, breaksAfter: nil))

            #expect(kept > 0 && kept < 1000 && kept % 100 == 0)
            #expect(whole.state == .finished)
            #expect(whole.counts.accepted == 1000)
            #expect(whole.counts.replayed == 0)
            #expect(whole.counts.linesRead == 1000)
            #expect(try await desk.count("receipt") == 1000)
        }
    }

    @Test func `thirty-two racing imports of the same receipts accept each once`() async throws {
        try await FilingDesk.open { desk in
            let file = ndjson((1...250).map { .sale("\($0)", store: "s\($0 % 4)", shopper: "card-\($0 % 9)") })
            let target = ImportTarget(desk.market.database, desk.retailer, in: desk.market.clock.world)
            let loads = try await withThrowingTaskGroup(of: Import.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        let request = ImportRequest(id: target.world.newID(), format: .ndjson)
                        return try await RunImport(ReceiptImport.test, to: target, isGzip: false)
                            .run(request, from: BrokenFile(bytes: file, pieceBytes: 64_000, breaksAfter: nil))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(loads.reduce(0) { $0 + $1.counts.accepted } == 250)
            #expect(loads.reduce(0) { $0 + $1.counts.replayed } == 31 * 250)
            #expect(try await desk.count("receipt") == 250)
        }
    }

    @Test func `too many rejects fail the import and say so`() async throws {
        try await FilingDesk.open { desk in
            let file = [UInt8]("x\n".utf8)
            let reply = try await desk.upload((0..<11_000).flatMap { _ in file })

            #expect(reply.status == 422)
            #expect(reply.json["code"] == "too_many_rejects")
        }
    }

    @Test func `other roles, other retailers and other bodies are refused`() async throws {
        try await FilingDesk.open { desk in
            let path = "/v1/retailers/\(desk.retailer)/imports/receipts"
            let till = try await desk.market.key(of: desk.retailer, .till)
            let foreign = try await desk.market.key(of: try await desk.market.makeRetailer(), .feed)
            let loaded = try await desk.upload(ndjson([.sale("1")]))
            let id = loaded.json["id"].string ?? ""

            #expect(try await desk.market.post(path, as: till).status == 403)
            #expect(try await desk.market.post(path, as: foreign).status == 404)
            #expect(try await desk.upload([1], "text/plain").status == 415)
            #expect(try await desk.upload([1], query: "?import_id=\(ImportID(Identifier(high: 1, low: 1)))").status == 404)
            #expect(try await desk.market.get("/v1/retailers/\(desk.retailer)/imports/\(id)", as: foreign).status == 404)
        }
    }
}

/// A file that comes in pieces and may break off.
struct BrokenFile: AsyncSequence, Sendable {
    struct Broken: Error {}

    let bytes: [UInt8]
    let pieceBytes: Int
    let breaksAfter: Int?

    func makeAsyncIterator() -> Iterator { Iterator(file: self) }

    struct Iterator: AsyncIteratorProtocol {
        let file: BrokenFile
        var offset = 0

        init(file: BrokenFile) { self.file = file }

        mutating func next() async throws -> [UInt8]? {
            if let end = file.breaksAfter, offset >= end { throw Broken() }
            guard offset < file.bytes.count else { return nil }
            defer { offset += file.pieceBytes }
            return Array(file.bytes[offset..<Swift.min(file.bytes.count, offset + file.pieceBytes)])
        }
    }
}

extension ImportTests {
    @Test func `stores and products come in by the same way, bad ones are listed`() async throws {
        try await FilingDesk.open { desk in
            let feed = try await desk.market.key(of: desk.retailer, .feed)
            let send = { (kind: String, type: String, body: String) in
                try await desk.market.client.send(
                    .post, "/v1/retailers/\(desk.retailer)/imports/\(kind)",
                    headers: [("Authorization", "Bearer \(feed.text)"), ("Content-Type", type)], body: Array(body.utf8))
            }
            let stores = try await send("stores", "text/csv", "store_id,name,zone\ns1,First,Europe/Moscow\ns2,Second,Nowhere\n")
            let products = try await send(
                "products", "application/x-ndjson", #"{"product_id": "milk", "name": "Milk"}"# + "\n")

            #expect(stores.json["accepted"] == 1)
            #expect(stores.json["rejected"] == 1)
            #expect(products.json["accepted"] == 1)
        }
    }
}
