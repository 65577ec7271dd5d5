import Parties

/// The requests of an app and, beside them, hello.
struct BenchOfferRequests: Sendable {
    let town: BenchTown
    let app: KeyToken

    @Sendable func hello(_ number: Int) -> String { "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n" }

    @Sendable func offers(_ number: Int) -> String { get(shopper(number), "") }

    /// Whatever the app has it has still.
    @Sendable func unchanged(_ number: Int) -> String { get(shopper(number), "If-None-Match: *\r\n") }

    @Sendable func batch(_ number: Int) -> String {
        let ids = (0..<BenchOffers.shoppersOfBatch).map { "\"card-\(shopper(number * BenchOffers.shoppersOfBatch + $0))\"" }
        let body = "{\"shopper_ids\":[\(ids.joined(separator: ","))],\"store_id\":\"s1\",\"limit\":\(BenchOffers.offersOfAnswer)}"
        return "POST /v1/retailers/\(town.retailer)/offers/query HTTP/1.1\r\nHost: localhost\r\n"
            + "Authorization: Bearer \(app.text)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            + body
    }

    private func get(_ shopper: Int, _ header: String) -> String {
        "GET /v1/retailers/\(town.retailer)/shoppers/card-\(shopper)/offers?store_id=s1&limit=\(BenchOffers.offersOfAnswer) HTTP/1.1\r\n"
            + "Host: localhost\r\nAuthorization: Bearer \(app.text)\r\n\(header)\r\n"
    }

    /// All over the town.
    private func shopper(_ number: Int) -> Int { 1 + (number &* 48_271) % town.shoppers }

    /// Asks until memory answers; the seconds that it took.
    func warm(port: Int, until isLoaded: () -> Bool) async throws -> Double {
        let start = ContinuousClock.now
        let connection = try await BenchTill.connect(port: port)
        while !isLoaded() {
            _ = try await connection.send(offers(1))
            try await Task.sleep(for: .milliseconds(20))
        }
        await connection.close()
        return (ContinuousClock.now - start).seconds
    }
}
