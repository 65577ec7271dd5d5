import Compression
import HTTPSupport
import JSONText
import Kernel
import Parties
import Receipts
import Tenancy
import TestSupport
import Testing

/// Files that are too large, inflate to too much, or hold too much of anything; pages that are too long.
@Suite struct ImportLimitTests {
    struct File: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let limits: ImportLimits
        let bytes: [UInt8]
        var isGzip = false
        let status: Int
        let code: String
    }

    private static func limits(_ change: (inout ImportLimits) -> Void) -> ImportLimits {
        var limits = ImportLimits()
        change(&limits)
        return limits
    }

    /// Stores that are good, a line each.
    private static func stores(_ count: Int) -> [UInt8] {
        (1...count).flatMap { Array("{\"store_id\":\"s\($0)\",\"name\":\"Store\"}\n".utf8) }
    }

    private static let spaces = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)

    private static let files = [
        File(
            testDescription: "bytes on the wire", limits: limits { $0.bytesMax = 1_000 }, bytes: stores(100), status: 413,
            code: "body_too_large"),
        File(
            testDescription: "bytes once inflated",
            limits: limits { ($0.inflatedBytesMax, $0.inflateRatioMax) = (100_000, 1_000_000) },
            bytes: Gzip.compress(spaces), isGzip: true, status: 413, code: "inflated_too_large"),
        File(
            testDescription: "inflated bytes for each on the wire", limits: limits { $0.inflateRatioMax = 10 },
            bytes: Gzip.compress(spaces), isGzip: true, status: 413, code: "inflated_too_large"),
        File(
            testDescription: "lines", limits: limits { $0.linesMax = 3 }, bytes: stores(4), status: 413,
            code: "too_many_lines"),
        File(
            testDescription: "rejected lines", limits: limits { $0.rejectsMax = 3 },
            bytes: Array("x\nx\nx\nx\n".utf8), status: 422, code: "too_many_rejects"),
        File(
            testDescription: "imports at once", limits: limits { $0.runningMax = 0 }, bytes: stores(1), status: 503,
            code: "too_many_imports"),
    ]

    @Test(arguments: files) func `a file beyond a limit is refused by its name`(_ file: File) async throws {
        try await TestMarket.run(importLimits: file.limits) { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let reply = try await market.upload(
                "/v1/retailers/\(retailer)/imports/stores", as: feed, file.bytes, type: "application/x-ndjson",
                headers: file.isGzip ? [("Content-Encoding", "gzip")] : [])

            #expect(reply.status == file.status)
            #expect(reply.json["code"] == .string(file.code))
        }
    }

    @Test func `one retailer's imports leave places to another`() async throws {
        try await TestMarket.run(importLimits: Self.limits { ($0.runningMax, $0.runningOfTenantMax) = (4, 1) }) { market in
            let (busy, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            let (feed, others) = (try await market.key(of: busy, .feed), try await market.key(of: other, .feed))
            let path = { (retailer: RetailerID) in "/v1/retailers/\(retailer)/imports/stores" }
            let slow = try await RawConnection.open(port: market.client.port)
            try await slow.send(
                "POST \(path(busy)) HTTP/1.1\r\nHost: probe\r\nAuthorization: Bearer \(feed.text)\r\nIdempotency-Key: slow\r\n"
                    + "Content-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{")
            let load = { (retailer: RetailerID, key: KeyToken) in
                try await Task.sleep(for: .milliseconds(20))
                return try await market.upload(path(retailer), as: key, Self.stores(1), type: "application/x-ndjson")
            }
            var second = try await load(busy, feed)
            while second.status == 200 { second = try await load(busy, feed) }
            let beside = try await load(other, others)
            await slow.close()
            var later = try await load(busy, feed)
            while later.status == 503 { later = try await load(busy, feed) }

            #expect((second.status, second.json["code"]) == (503, "too_many_imports"))
            #expect(beside.status == 200)
            #expect(later.status == 200)
        }
    }

    @Test func `as many lines as are allowed are taken, and one that is too long is rejected alone`() async throws {
        try await TestMarket.run(importLimits: Self.limits { ($0.linesMax, $0.lineBytesMax) = (4, 100) }) { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let long = Array("{\"store_id\":\"\(String(repeating: "x", count: 100))\"}\n".utf8)
            let path = "/v1/retailers/\(retailer)/imports"
            let reply = try await market.upload(path + "/stores", as: feed, Self.stores(3) + long, type: "application/x-ndjson")
            let rejects = try await market.get("\(path)/\(reply.json["id"].string ?? "")/rejects", as: feed)

            #expect(reply.status == 200)
            #expect(reply.json["accepted"] == 3)
            #expect(rejects.json["code"] == "line_too_long")
            #expect(rejects.json["line"] == 4)
        }
    }

    @Test(arguments: ["retailers?limit=1001", "retailers?limit=0"])
    func `a page has one to a thousand elements`(_ path: String) async throws {
        try await TestMarket.run { market in
            let reply = try await market.get("/v1/" + path, as: market.platform)

            #expect(reply.status == 422)
            #expect(reply.json["errors"][0]["pointer"] == "?limit")
        }
    }
}
