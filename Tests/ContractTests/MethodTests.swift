import HTTPTypes
import Kernel
import TestSupport
import Testing

/// What no operation takes.
@Suite struct MethodTests {
    @Test func `a known path with another method is 405 and says which methods it takes`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let replies = [
                try await market.delete("/v1/retailers/\(retailer)/campaigns", as: market.platform),
                try await market.put("/v1/retailers/\(retailer)/quotes", as: nil, [:]),
                try await market.post("/health/live", as: nil),
                try await market.get("/v1/retailers/\(retailer)/audiences/preview", as: market.platform),
            ]

            #expect(replies.map(\.status) == [405, 405, 405, 405])
            #expect(Set(replies.map { $0.json["code"] }) == ["method_not_allowed"])
            #expect(replies.map { $0.header("allow") } == ["GET, POST", "POST", "GET", "POST"])
        }
    }

    @Test func `every path of the contract refuses the methods that it has not`() async throws {
        try await TestMarket.run { market in
            let operations = try Contract.load().operations
            for (path, own) in Dictionary(grouping: operations, by: \.path) {
                let taken = Set(own.map(\.method))
                guard let other = ["GET", "PUT", "POST", "DELETE", "PATCH"].first(where: { !taken.contains($0) }) else {
                    continue
                }
                let method = try #require(HTTPRequest.Method(other))
                let reply = try await market.send(method, path.replacing("{", with: "").replacing("}", with: ""), as: nil, nil)
                #expect(reply.status == 405, "\(other) \(path)")
                let allowed = Set((reply.header("allow") ?? "").split(separator: ", ").map(String.init))
                #expect(allowed == taken, "\(path): \(allowed)")
            }
        }
    }

    @Test func `an unknown path is 404 and names no method`() async throws {
        try await TestMarket.run { market in
            let reply = try await market.get("/v1/nothing", as: nil)

            #expect(reply.status == 404)
            #expect(reply.json["code"] == "no_such_route")
            #expect(reply.header("allow") == nil)
        }
    }
}
