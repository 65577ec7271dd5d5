import Crypto
import Foundation
import TestSupport
import Testing

/// The API reference and the contract, served by the service itself.
@Suite struct ReferenceTests {
    @Test(arguments: [
        ("/docs", "text/html; charset=utf-8", "reference/index.html"),
        ("/docs/problems", "text/html; charset=utf-8", "reference/problems.html"),
        ("/docs/reference.css", "text/css; charset=utf-8", "reference/reference.css"),
        ("/docs/reference.js", "text/javascript; charset=utf-8", "reference/reference.js"),
        ("/openapi.json", "application/vnd.oai.openapi+json; version=3.1", "reference/openapi.json"),
        ("/openapi.yaml", "application/yaml", "openapi.yaml"),
    ])
    func `a page is served to anybody as it lies in the folder, and may load nothing from elsewhere`(
        path: String, type: String, file: String
    ) async throws {
        try await TestMarket.run { market in
            let reply = try await market.get(path, as: nil)

            #expect(reply.status == 200)
            #expect(reply.body == [UInt8](try Data(contentsOf: Contract.folder.appending(path: file))))
            #expect(reply.header("content-type") == type)
            let policy = reply.header("content-security-policy") ?? ""
            #expect(policy.hasPrefix("default-src 'none'; style-src 'self'; script-src 'self'; img-src data:;"))
            #expect(reply.header("x-content-type-options") == "nosniff")
        }
    }

    @Test(arguments: [
        "/docs/openapi.json", "/docs/../openapi.yaml", "/docs/%2e%2e/Migrations/0001_parties.sql", "/docs/problems.yaml",
        "/reference/index.html", "/docs/..%2fProblems",
    ])
    func `no path leads to another file`(path: String) async throws {
        try await TestMarket.run { market in
            let reply = try await market.get(path, as: nil)

            #expect(reply.status == 404)
            #expect(reply.json["code"] == "no_such_route")
        }
    }

    @Test(arguments: ["index.html", "problems.html"])
    func `the pages are made of the contract as it is: else run bin/reference`(page: String) throws {
        let text = try String(contentsOf: Contract.folder.appending(path: "reference/\(page)"), encoding: .utf8)
        let made = try #require(text.firstMatch(of: /<meta name="made-of" content="([0-9a-f]{64})">/))

        #expect(String(made.1) == (try Self.digest()), "Contracts/reference is stale: run bin/reference")
    }

    @Test func `who has the page already gets none of it again, until it changes`() async throws {
        try await TestMarket.run { market in
            let tag = try #require(try await market.get("/docs", as: nil).header("etag"))

            let same = try await market.get("/docs", as: nil, headers: [("If-None-Match", "W/\"old\", \(tag)")])
            let other = try await market.get("/docs", as: nil, headers: [("If-None-Match", "W/\"old\"")])

            #expect((same.status, same.body) == (304, []))
            #expect(same.header("etag") == tag)
            #expect(other.status == 200)
        }
    }

    @Test(arguments: [("gzip, br", true), ("br;q=1, gzip;q=0.5", true), ("gzip;q=0", false), ("identity", false)])
    func `gzip is sent to whoever takes it`(accepted: String, isPacked: Bool) async throws {
        try await TestMarket.run { market in
            let reply = try await market.get("/docs", as: nil, headers: [("Accept-Encoding", accepted)])

            #expect(reply.header("content-encoding") == (isPacked ? "gzip" : nil))
            #expect(reply.header("vary") == "Accept-Encoding")
            #expect((reply.body.count < 1 << 18) == isPacked)
        }
    }

    /// Of everything that the pages are made of, as `bin/lib/contract/reading.py` takes it.
    private static func digest() throws -> String {
        var hash = SHA256()
        for file in ["openapi.yaml", "problems.yaml"] {
            hash.update(data: try Data(contentsOf: Contract.folder.appending(path: file)))
        }
        for folder in ["events", "examples"] {
            let files = try FileManager.default.contentsOfDirectory(atPath: Contract.folder.appending(path: folder).path)
            for file in files.filter({ $0.hasSuffix(".json") }).sorted() {
                hash.update(data: try Data(contentsOf: Contract.folder.appending(path: "\(folder)/\(file)")))
            }
        }
        return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
}
