import App
import Audiences
import Kernel
import Parties
import Postgres
import Profiles
import Tenancy

/// Someone who moves a slider: asks five criteria with all details, again as soon as it is answered.
struct BenchPreviewLoop: Sendable {
    let town: BenchTown
    let key: KeyToken
    let port: Int
    let seconds: Double

    func run() async throws -> BenchRush.Outcome {
        let start = ContinuousClock.now
        let connection = try await BenchTill.connect(port: port)
        var tally = BenchRush.Tally()
        var index = 0
        while start.duration(to: .now).seconds < seconds {
            let asked = ContinuousClock.now
            let status = try await connection.send(request(index))
            if status == 200 {
                tally.micros.append(Int64((ContinuousClock.now - asked).seconds * 1_000_000))
            } else {
                tally.others[status, default: 0] += 1
            }
            index += 1
        }
        await connection.close()
        return BenchRush.Outcome([tally], seconds: (ContinuousClock.now - start).seconds)
    }

    private func request(_ index: Int) -> String {
        let body =
            #"{"predicate":{"all":[{"spend":{"gte":\#(10_000 + index % 500 * 100)}},{"purchase_frequency":{"gte":2,"lte":40}},"#
            + #"{"recency_days":{"lte":60}},{"average_check":{"lt":90000}},{"bought":{"products":["p\#(1 + index % 97)"],"within_days":90}}]},"#
            + #""details":{"goods":{"products":["p\#(100 + index % 600)"]}}}"#
        return "POST /v1/retailers/\(town.retailer)/audiences/preview HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Authorization: Bearer \(key.text)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

/// A receipt of the product that nobody else buys.
struct BenchProbe: Sendable {
    let town: BenchTown
    let port: Int

    func sell(_ number: Int, on connection: BenchTill) async throws {
        let now = OutsideWorld.real.now()
        let body =
            "{\"store_id\":\"s1\",\"till\":\"9\",\"business_day\":\"\(now.utcDay)\",\"number\":\"probe-\(number)\",\"kind\":\"sale\","
            + "\"sold_at\":\"\(now)\",\"shopper_id\":\"card-\(number + 1)\",\"lines\":[{\"line_no\":1,\"product_id\":"
            + "\"\(BenchTown.probe)\",\"quantity_milli\":1000,\"unit\":\"piece\",\"regular_amount\":10000,"
            + "\"base_amount\":10000,\"paid_amount\":10000,\"vat_rate_bp\":1000}]}"
        let status = try await connection.send(
            "POST /v1/retailers/\(town.retailer)/receipts HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + "Authorization: Bearer \(town.till.text)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        guard status == 201 else { throw Refused(status: status) }
    }

    struct Refused: Error { let status: Int }
}

/// Looks at the retailer's index from inside.
struct BenchIndexWatch: Sendable {
    let town: BenchTown
    let indexes: AudienceIndexes
    let database: Database

    private static let probed = Predicate.leaf(
        .bought(.products([ExternalID(stored: BenchTown.probe)]), withinDays: 30, minReceipts: 1))

    /// Seconds until the first index stands.
    func build() async throws -> Double {
        let start = ContinuousClock.now
        while try await index() == nil { try await Task.sleep(for: .milliseconds(20)) }
        return start.duration(to: .now).seconds
    }

    /// For each probe, one at a time: seconds from its answer to the count that has it.
    func delays(by probe: BenchProbe, seconds: Double) async throws -> [Double] {
        let start = ContinuousClock.now
        let connection = try await BenchTill.connect(port: probe.port)
        var delays: [Double] = []
        repeat {
            try await probe.sell(delays.count, on: connection)
            let sold = ContinuousClock.now
            while try await index()?.count(of: Self.probed) ?? 0 <= delays.count {
                try await Task.sleep(for: .milliseconds(5))
            }
            delays.append(sold.duration(to: .now).seconds)
        } while start.duration(to: .now).seconds < seconds
        await connection.close()
        return delays
    }

    private func index() async throws -> ShopperIndex? {
        let (retailer, now) = (town.retailer, OutsideWorld.real.now())
        let moment = try await database.read(as: .retailer(retailer)) { tx in try tx.profileMoment(of: retailer, at: now) }
        return indexes.current(.present, for: moment)
    }
}
