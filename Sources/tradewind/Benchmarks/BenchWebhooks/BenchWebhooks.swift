import App
import EventLog
import Kernel
import Logging
import OutboundHTTP
import Postgres
import Sealing
import ServiceLifecycle
import Synchronization
import Telemetry
import Webhooks

/// Deliveries a second to many endpoints, each event appended, fanned out, signed, sent and recorded, against a bare loop of
/// libcurl that posts the same bytes to the same sink.
struct BenchWebhooks: Sendable {
    static let shareGoal = 0.5
    static let sinkGoal = 1.5
    static let p95MillisGoal = 50.0
    private static let appendMax = 100
    private static let tickMillis = 10

    let home: DatabaseHome
    let configuration: Configuration
    let endpoints: Int
    let seconds: Double
    /// Events that wait at the peak: enough that delivery never lacks work.
    let waiting: Int

    func run(_ report: @escaping @Sendable (BenchMeasure) -> Void) async throws {
        let sink = try BenchSink()
        let settings = WebhookSettings(secretBox: try MasterKeys(configuration, in: .real).box, policy: .development)
        let hint = LogHint()
        let outbox = try await BenchOutbox.make(endpoints: endpoints, at: sink.port, on: home.database, settings, hint)
        let delivery = WebhookDelivery(
            home.database, settings, hint: hint, metrics: DeliveryMetrics(Metrics()), world: .real,
            logger: Logger(label: "bench") { label in
                LineLogHandler(label: label, level: .warning, format: .text, now: { "\(OutsideWorldClock.now())" })
            })
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: delivery)], logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await measure(sink, outbox, report)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func measure(
        _ sink: BenchSink, _ outbox: BenchOutbox, _ report: @escaping @Sendable (BenchMeasure) -> Void
    ) async throws {
        try await outbox.append(1, to: outbox.retailers[0], from: 0)
        try await drained(sink, outbox, whole: 1)
        let (bare, alone) = try await yardsticks(sink, report)
        report(Self.measure("sink_share_of_bare", alone / bare, "ratio", goal: Self.sinkGoal))
        let asked = try await quiet(sink)
        let peak = try await self.peak(sink, outbox, report)
        report(Self.measure("share_of_bare", peak / bare, "ratio", goal: Self.shareGoal))
        try await half(peak / 2, sink, outbox, report)
        let (standing, arrived) = (try await outbox.standing(), sink.answered - asked + 1)
        report(Self.measure("events_delivered", Double(standing.delivered), "count"))
        report(Self.measure("attempts_on_file", Double(standing.attempts), "count"))
        report(Self.measure("sink_counted", Double(arrived), "count"))
        report(Self.measure("sent_twice", Double(arrived - standing.delivered), "count", goal: 0, isBound: true))
    }

    private func yardsticks(
        _ sink: BenchSink, _ report: @Sendable (BenchMeasure) -> Void
    ) async throws -> (bare: Double, sink: Double) {
        let sample = sink.sample
        guard let end = sample.firstRange(of: Array("\r\n\r\n".utf8)) else { throw BenchFault.noSample }
        let lines = String(decoding: sample[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let ours = ["host:", "content-length:", "accept:"]
        let loop = BareCurlLoop(
            urls: (0..<endpoints).map { "http://127.0.0.1:\(sink.port)/\($0)" },
            headers: lines.dropFirst().filter { line in !ours.contains { line.lowercased().hasPrefix($0) } },
            body: Array(sample[end.upperBound...]), inFlight: DeliveryLimits.inFlightMax, seconds: seconds)
        let bare = await loop.run()
        report(Self.measure("bare_loop", bare, "requests/s"))
        let rush = SinkRush(port: sink.port, request: sample, connections: 64, seconds: seconds)
        let alone = try await rush.run()
        report(Self.measure("sink_alone", alone, "requests/s"))
        return (bare, alone)
    }

    /// Events are appended for as long as few enough wait; what counts is what the sink answers.
    private func peak(
        _ sink: BenchSink, _ outbox: BenchOutbox, _ report: @Sendable (BenchMeasure) -> Void
    ) async throws -> Double {
        let tally = Tally()
        let start = sink.answered
        let rate = try await withThrowingTaskGroup(of: Void.self) { group in
            for retailer in outbox.retailers {
                group.addTask {
                    var place = 0
                    while !Task.isCancelled {
                        guard tally.appended.load(ordering: .relaxed) - (sink.answered - start) < waiting else {
                            try? await Task.sleep(for: .milliseconds(2))
                            continue
                        }
                        try await outbox.append(Self.appendMax, to: retailer, from: place)
                        tally.appended.add(Self.appendMax, ordering: .relaxed)
                        place += Self.appendMax
                    }
                }
            }
            // Connections are opened, statements prepared, pages read.
            try await Task.sleep(for: .seconds(min(3, seconds)))
            let (before, began) = (sink.answered, ContinuousClock.now)
            try await Task.sleep(for: .seconds(seconds))
            let rate = Double(sink.answered - before) / (ContinuousClock.now - began).seconds
            group.cancelAll()
            try await group.waitForAll()
            return rate
        }
        report(Self.measure("deliveries", rate, "1/s"))
        let drain = ContinuousClock.now
        try await drained(sink, outbox, whole: nil)
        report(Self.measure("drained_after", (ContinuousClock.now - drain).seconds, "s"))
        return rate
    }

    private final class Tally: Sendable {
        let appended = Atomic<Int>(0)
    }

    /// Events come every few milliseconds, so many a second; each one's time is from before its transaction to the sink.
    private func half(
        _ rate: Double, _ sink: BenchSink, _ outbox: BenchOutbox, _ report: @Sendable (BenchMeasure) -> Void
    ) async throws {
        sink.note(true)
        var due: [UInt64: ContinuousClock.Instant] = [:]
        var (place, appended) = (0, 0)
        let start = ContinuousClock.now
        for tick in 0..<Int(seconds * 1_000) / Self.tickMillis {
            let at = start.advanced(by: .milliseconds(tick * Self.tickMillis))
            try await Task.sleep(until: at)
            let count = Int(rate * Double((tick + 1) * Self.tickMillis) / 1_000) - appended
            guard count > 0 else { continue }
            for hash in try await outbox.append(count, to: outbox.retailers[tick % outbox.retailers.count], from: place) {
                due[hash] = at
            }
            appended += count
            place += count
        }
        try await drained(sink, outbox, whole: nil)
        var micros: [Int64] = []
        for arrival in sink.noted {
            guard let at = due.removeValue(forKey: arrival.hash) else { continue }
            micros.append(Int64((arrival.at - at).seconds * 1_000_000))
        }
        sink.note(false)
        micros.sort()
        report(Self.measure("half_events", Double(micros.count), "count"))
        for (name, part, goal) in [("p50", 50, nil), ("p95", 95, Self.p95MillisGoal), ("p99", 99, nil)]
            as [(String, Int, Double?)]
        {
            let value = micros.isEmpty ? 0 : Double(micros[min(micros.count - 1, micros.count * part / 100)]) / 1_000
            report(Self.measure("half_first_attempt_\(name)", value, "ms", goal: goal, isBound: true))
        }
    }

    /// What the sink has answered, once the yardsticks' last requests are in.
    private func quiet(_ sink: BenchSink) async throws -> Int {
        while true {
            let answered = sink.answered
            try await Task.sleep(for: .milliseconds(200))
            if sink.answered == answered { return answered }
        }
    }

    /// Until nothing waits. Fails where nothing has moved for a minute.
    private func drained(_ sink: BenchSink, _ outbox: BenchOutbox, whole: Int?) async throws {
        var (moved, last) = (ContinuousClock.now, -1)
        while true {
            let standing = try await outbox.standing()
            if standing.queued == 0, standing.unread == 0, whole.map({ standing.delivered >= $0 }) ?? true { return }
            if sink.answered != last { (moved, last) = (.now, sink.answered) }
            guard ContinuousClock.now - moved < .seconds(60) else { throw BenchFault.nothingArrives }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func measure(
        _ name: String, _ value: Double, _ unit: String, goal: Double? = nil, isBound: Bool = false
    ) -> BenchMeasure {
        BenchMeasure(bench: "webhooks", measure: name, value: value, unit: unit, goal: goal, isBound: isBound)
    }
}
