import HTTPSupport
import JSONText
import Receipts

/// The limits that an operator may move, one line each: the name, where it is kept, its range, its unit, what it does.
/// `docs/limits.md` says of each what happens when it is reached.
extension Setting {
    static let limits: [Setting] = rates + work + time + connections + sizes + files

    private static let rates: [Setting] =
        [
            .perSecond("TRADEWIND_RATE_HOT_KEY", \.limits.hot.key, "Hot operations of one key."),
            .burst("TRADEWIND_BURST_HOT_KEY", \.limits.hot.key, "Hot operations of one key at once."),
            .perSecond("TRADEWIND_RATE_HOT_TENANT", \.limits.hot.tenant, "Hot operations of one organisation."),
            .burst("TRADEWIND_BURST_HOT_TENANT", \.limits.hot.tenant, "Hot operations of one organisation at once."),
            .perSecond("TRADEWIND_RATE_USUAL_KEY", \.limits.usual.key, "Usual operations of one key."),
            .burst("TRADEWIND_BURST_USUAL_KEY", \.limits.usual.key, "Usual operations of one key at once."),
            .perSecond("TRADEWIND_RATE_USUAL_TENANT", \.limits.usual.tenant, "Usual operations of one organisation."),
            .burst("TRADEWIND_BURST_USUAL_TENANT", \.limits.usual.tenant, "Usual operations of one organisation at once."),
            .perSecond("TRADEWIND_RATE_HEAVY_KEY", \.limits.heavy.key, "Heavy operations and files of one key."),
            .burst("TRADEWIND_BURST_HEAVY_KEY", \.limits.heavy.key, "Heavy operations and files of one key at once."),
            .perSecond("TRADEWIND_RATE_HEAVY_TENANT", \.limits.heavy.tenant, "Heavy operations and files of one organisation."),
            .burst(
                "TRADEWIND_BURST_HEAVY_TENANT", \.limits.heavy.tenant, "Heavy operations and files of one organisation at once."),
            .perSecond(
                "TRADEWIND_RATE_REFUSED_KEYS", \.limits.failures, "Refused keys of one address, and bodies without a key."),
            .burst(
                "TRADEWIND_BURST_REFUSED_KEYS", \.limits.failures,
                "Refused keys of one address at once, and bodies without a key."),
            .integer(
                "TRADEWIND_SUSPECTS_MAX", \.limits.suspectsMax, in: 1...1_000,
                "Unknown keys that are looked up at once for addresses with too many refused ones."),
            .integer("TRADEWIND_BUCKETS_MAX", \.limits.bucketsMax, in: 16...10_000_000, "Callers whose rates are remembered."),
        ]

    private static func perSecond(_ name: String, _ rate: any Path<Rate>, _ purpose: String) -> Setting {
        part(name, rate, \.perSecond, unit: " a second", purpose)
    }

    private static func burst(_ name: String, _ rate: any Path<Rate>, _ purpose: String) -> Setting {
        part(name, rate, \.burst, unit: "", purpose)
    }

    private static func part(
        _ name: String, _ rate: any Path<Rate>, _ part: any (WritableKeyPath<Rate, Int> & Sendable), unit: String,
        _ purpose: String
    ) -> Setting {
        let range = 1...1_000_000
        return Setting(
            name, values: "\(range.lowerBound) to \(range.upperBound)\(unit)",
            fallback: "\(Configuration()[keyPath: rate][keyPath: part])\(unit)", purpose
        ) { configuration, text in
            guard let number = Int(text), range.contains(number) else { return false }
            configuration[keyPath: rate][keyPath: part] = number
            return true
        }
    }

    private static let work: [Setting] = [
        .integer("TRADEWIND_REQUESTS_MAX", \.limits.requestsMax, in: 1...100_000, "Requests at work at once; beyond it 503."),
        .integer(
            "TRADEWIND_REQUESTS_OF_TENANT_MAX", \.limits.requestsOfTenantMax, in: 1...100_000,
            "Requests of one organisation at work at once."),
        .integer("TRADEWIND_HEAVY_REQUESTS_MAX", \.limits.heavyRequestsMax, in: 1...10_000, "Heavy operations at work at once."),
        .integer(
            "TRADEWIND_HEAVY_REQUESTS_OF_TENANT_MAX", \.limits.heavyRequestsOfTenantMax, in: 1...10_000,
            "Heavy operations of one organisation at work at once."),
        .integer(
            "TRADEWIND_OPEN_REQUESTS_MAX", \.limits.openRequestsMax, in: 1...1_000,
            "Requests at work at once that bring a body and no key."),
        .integer(
            "TRADEWIND_FEED_READERS_OF_TENANT_MAX", \.limits.feedReadersOfTenantMax, in: 1...10_000,
            "Requests of one organisation that read or wait for events at once."),
        .integer("TRADEWIND_IMPORTS_MAX", \.importLimits.runningMax, in: 1...100, "Imports at work at once."),
        .integer(
            "TRADEWIND_IMPORTS_OF_TENANT_MAX", \.importLimits.runningOfTenantMax, in: 1...100,
            "Imports of one retailer at work at once."),
    ]

    private static let time: [Setting] = [
        .integer(
            "TRADEWIND_REQUEST_SECONDS_MAX", \.limits.requestSecondsMax, in: 1...600, unit: "seconds",
            "How long a request may be at work."),
        .integer(
            "TRADEWIND_BULK_SECONDS_MAX", \.limits.bulkSecondsMax, in: 1...86_400, unit: "seconds",
            "How long a request that sends a file may be at work."),
        .integer(
            "TRADEWIND_IDLE_SECONDS_MAX", \.limits.idleSecondsMax, in: 1...3_600, unit: "seconds",
            "How long a connection may stand idle."),
        .integer(
            "TRADEWIND_HEAD_SECONDS_MAX", \.limits.headSecondsMax, in: 1...600, unit: "seconds",
            "From the first byte of a request's head to its last."),
        .integer(
            "TRADEWIND_BODY_SECONDS_MAX", \.limits.bodySecondsMax, in: 1...600, unit: "seconds",
            "How long a JSON body may take to arrive, and a file be silent."),
        .integer(
            "TRADEWIND_BODY_REST_SECONDS_MAX", \.limits.drainSecondsMax, in: 1...600, unit: "seconds",
            "How long the rest of a body is read after its answer."),
        .integer(
            "TRADEWIND_WRITE_SECONDS_MAX", \.limits.writeSecondsMax, in: 1...600, unit: "seconds",
            "How long a client may take nothing of its answer."),
    ]

    private static let connections: [Setting] = [
        .integer("TRADEWIND_HTTP_CONNECTIONS_MAX", \.limits.connectionsMax, in: 1...1_000_000, "Connections of clients.")
    ]

    private static let sizes: [Setting] = [
        .integer(
            "TRADEWIND_HEADER_BYTES_MAX", \.limits.headerBytesMax, in: 1_024...1_048_576, unit: "bytes", "The head of a request."),
        .integer("TRADEWIND_HEADERS_MAX", \.limits.headersMax, in: 10...1_000, "Headers of a request."),
        .integer(
            "TRADEWIND_URI_BYTES_MAX", \.limits.uriBytesMax, in: 256...65_536, unit: "bytes", "Path and query of a request."),
        .integer(
            "TRADEWIND_BODY_BYTES_MAX", \.limits.jsonBodyBytesMax, in: 65_536...67_108_864, unit: "bytes",
            "A JSON body."),
        .integer("TRADEWIND_JSON_DEPTH_MAX", \.limits.json.depthMax, in: 12...128, "Arrays and objects within each other."),
        .integer("TRADEWIND_JSON_VALUES_MAX", \.limits.json.valuesMax, in: 10_000...10_000_000, "Values of one JSON text."),
        .integer("TRADEWIND_JSON_NUMBER_BYTES_MAX", \.limits.json.numberBytesMax, in: 20...4_096, unit: "bytes", "One number."),
    ]

    private static let files: [Setting] = [
        .integer(
            "TRADEWIND_IMPORT_BYTES_MAX", \.importLimits.bytesMax, in: 65_536...1 << 40, unit: "bytes", "A file on the wire."),
        .integer(
            "TRADEWIND_IMPORT_INFLATED_BYTES_MAX", \.importLimits.inflatedBytesMax, in: 65_536...1 << 42, unit: "bytes",
            "A gzip file once inflated."),
        .integer(
            "TRADEWIND_IMPORT_INFLATE_RATIO_MAX", \.importLimits.inflateRatioMax, in: 2...1_000,
            "Inflated bytes for each one on the wire, beyond the first 64 KiB."),
        .integer(
            "TRADEWIND_IMPORT_LINE_BYTES_MAX", \.importLimits.lineBytesMax, in: 1_024...16_777_216, unit: "bytes",
            "A line of NDJSON or a record of CSV."),
        .integer("TRADEWIND_IMPORT_LINES_MAX", \.importLimits.linesMax, in: 1...1_000_000_000_000, "Lines of one file."),
        .integer("TRADEWIND_IMPORT_REJECTS_MAX", \.importLimits.rejectsMax, in: 1...1_000_000, "Rejected lines of one import."),
    ]
}
