import App
import Kernel
import Parties
import Postgres
import Tenancy

/// Normal traffic of tills beside a crowd of idle and slow connections, against the same traffic alone. The node is another
/// process on this machine, with the limits that it was started with.
struct BenchSlow {
    static let lanes = 16
    static let warmSeconds: Int64 = 3
    /// Time for the crowd to come in, and for the first of it to be cut.
    static let settleSeconds: Int64 = 12
    static let ratioGoal = 2.0
    /// Ticks of `SteadyTraffic` in a second.
    static let ticksOfSecond = 200

    let database: Database
    let environment: KeyToken.Environment
    let port: Int
    let idle: Int
    let slow: Int
    let perSecond: Int
    let seconds: Int64

    func run() async throws -> [BenchMeasure] {
        let retailer = try await BenchRetailer.make(database)
        let command = IssueKey(name: "bench", organisation: .retailer(retailer, [.till, .admin]))
        let environment = environment
        let key = try await database.transaction(as: .platform) { tx in
            try command.run(in: tx, by: .machine, environment).token.text
        }
        let requests = TillRequests(retailer: retailer, key: key, day: "\(OutsideWorld.real.now().utcDay)")
        var feed = try SteadyTraffic(port: port, lanes: 1, perSecond: 100) { requests.catalogue($0) }
        _ = try feed.run(for: .milliseconds(50)) {}
        feed.close()
        var traffic = try SteadyTraffic(port: port, lanes: Self.lanes, perSecond: perSecond) { requests.bytes($0) }
        var crowd = SlowCrowd(port: port, idle: idle, slow: slow, request: requests.bytes(1), page: requests.page)
        defer {
            traffic.close()
            crowd.close()
        }
        let share = (idle + slow) / Self.ticksOfSecond + 1
        _ = try traffic.run(for: .seconds(Self.warmSeconds)) {}
        let quiet = try traffic.run(for: .seconds(seconds)) {}
        _ = try traffic.run(for: .seconds(Self.settleSeconds)) { crowd.stir(share) }
        let open = crowd.openCount
        let loaded = try traffic.run(for: .seconds(seconds)) { crowd.stir(share) }
        return measures(quiet, loaded) + [
            measure("connections_before", Double(open), "count", goal: Double(idle + slow) * 0.98),
            measure("connections_after", Double(crowd.openCount), "count", goal: Double(idle + slow) * 0.98),
            measure("cut", Double(crowd.cutCount), "count"),
        ]
    }

    private func measures(_ quiet: [Duration], _ loaded: [Duration]) -> [BenchMeasure] {
        let (quietMillis, loadedMillis) = (millis(quiet, 0.99), millis(loaded, 0.99))
        return [
            measure("requests", Double(quiet.count + loaded.count), "count"),
            measure("quiet_p50", millis(quiet, 0.5), "ms"), measure("quiet_p99", quietMillis, "ms"),
            measure("loaded_p50", millis(loaded, 0.5), "ms"), measure("loaded_p99", loadedMillis, "ms"),
            BenchMeasure(
                bench: "slow", measure: "p99_loaded_to_quiet", value: loadedMillis / quietMillis, unit: "ratio",
                goal: Self.ratioGoal, isBound: true),
        ]
    }

    private func measure(_ name: String, _ value: Double, _ unit: String, goal: Double? = nil) -> BenchMeasure {
        BenchMeasure(bench: "slow", measure: name, value: value, unit: unit, goal: goal)
    }

    private func millis(_ sorted: [Duration], _ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] / .milliseconds(1)
    }
}

/// What a till asks in turn: a quote, the receipt of the sale, and now and then who it is.
struct TillRequests: Sendable {
    let retailer: RetailerID
    let key: String
    let day: String

    /// An answer of some length that needs no key.
    let page = Array("GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n".utf8)

    func bytes(_ number: Int) -> [UInt8] {
        switch number % 3 {
        case 0: return request("GET", "", body: nil)
        case 1: return request("POST", "/quotes", body: #"{"store_id":"s1","lines":[\#(line)]}"#)
        default:
            let sale =
                #"{"store_id":"s1","till":"1","business_day":"\#(day)","number":"\#(number)","kind":"sale","#
                + #""sold_at":"\#(OutsideWorld.real.now())","shopper_id":"h\#(number % 1_000)","lines":[\#(line)]}"#
            return request("POST", "/receipts", body: sale)
        }
    }

    /// What the shop sells and where, one after the other.
    func catalogue(_ number: Int) -> [UInt8] {
        number % 2 == 0
            ? request("PUT", "/stores/s1", body: #"{"name":"Store"}"#)
            : request("PUT", "/products/p1", body: #"{"name":"Milk","brand_id":"dairy"}"#)
    }

    private let line =
        #"{"line_no":1,"product_id":"p1","quantity_milli":1000,"unit":"piece","regular_amount":9900,"base_amount":9900}"#

    private func request(_ method: String, _ path: String, body: String?) -> [UInt8] {
        let type = body.map { "Content-Type: application/json\r\nContent-Length: \($0.utf8.count)\r\n" } ?? ""
        return Array(
            ("\(method) /v1/retailers/\(retailer)\(path) HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer \(key)\r\n"
                + type + "\r\n" + (body ?? "")).utf8)
    }
}
