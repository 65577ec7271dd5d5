import TestSupport
import Testing

/// What an operator's tools ask, without a key.
@Suite struct OperatorTests {
    @Test func `the service says that it lives, that it is ready, and what it counts`() async throws {
        try await TestMarket.run { market in
            let live = try await market.get("/health/live", as: nil)
            let ready = try await market.get("/health/ready", as: nil)
            _ = try await market.makeRetailer()
            let metrics = try await market.get("/metrics", as: nil)

            #expect((live.status, live.json) == (200, ["status": "live"]))
            #expect((ready.status, ready.json) == (200, ["status": "ready"]))
            #expect(metrics.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            let samples = metrics.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(samples.contains { $0.contains("createRetailer") && $0.hasSuffix(" 1") })
        }
    }
}
