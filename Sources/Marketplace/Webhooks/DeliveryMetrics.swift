import EventLog
import Kernel
import Synchronization
package import Telemetry

/// What an operator watches of delivery (LEDGER_AND_WEBHOOKS rule 40).
package final class DeliveryMetrics: Sendable {
    /// How a retailer's queue stood when it was last looked at.
    package struct Queue: Sendable {
        package let rows: Int
        /// Events of the log that no delivery was made of yet.
        package let unread: Int64
        /// Of those and of the queue's rows.
        package let oldestDueMicros: Int64
        /// The same without endpoints that do not answer: this is ours to repair.
        package let oldestServedMicros: Int64
        /// Whose delivery that is; nil where none is due.
        package let worstEndpoint: EndpointID?
        package let breakersOpen: Int
        package let breakersProbing: Int
    }

    private let metrics: Metrics
    private let attempts = Mutex<[String: Counter]>([:])
    private let queues = Mutex<[RetailerID: Queue]>([:])
    private let firstAttempt: Histogram
    private let claim: Histogram
    private let writeBatch: Histogram
    private let writeWait: Histogram
    private let fenced: Counter
    private let disabled: Counter

    package init(_ metrics: Metrics) {
        self.metrics = metrics
        firstAttempt = metrics.histogram(
            "tradewind_webhook_first_attempt_seconds",
            help: "From an event, or the making of a delivery by hand, to its first attempt.",
            bounds: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300])
        claim = metrics.histogram(
            "tradewind_webhook_claim_seconds", help: "Time that a claim of due deliveries takes.",
            bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1])
        writeBatch = metrics.histogram(
            "tradewind_webhook_write_batch", help: "Outcomes that were written in one transaction.",
            bounds: [1, 4, 16, 64, 256, 512])
        writeWait = metrics.histogram(
            "tradewind_webhook_write_wait_seconds", help: "How long the first outcome of such a batch had waited.",
            bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1])
        fenced = metrics.counter(
            "tradewind_webhook_fenced_total", help: "Outcomes of workers that no longer held their claim.")
        disabled = metrics.counter("tradewind_webhook_endpoints_disabled_total", help: "Endpoints disabled by the service.")
        observe()
        // The usual outcome has its series from the start: a rate over nothing is no rate.
        _ = counter("2xx")
    }

    private func observe() {
        metrics.gauge("tradewind_webhook_queue_rows", help: "Deliveries that are still to be made.") { [self] in
            queues.withLock { queues in Double(queues.values.reduce(0) { $0 + $1.rows }) }
        }
        metrics.gauge("tradewind_webhook_unread_events", help: "Events that no delivery was made of yet.") { [self] in
            queues.withLock { queues in Double(queues.values.reduce(0) { $0 + $1.unread }) }
        }
        metrics.gauge(
            "tradewind_webhook_oldest_due_seconds", help: "Age of the oldest due delivery, or event without one."
        ) { [self] in
            queues.withLock { queues in Double(queues.values.map(\.oldestDueMicros).max() ?? 0) / 1_000_000 }
        }
        metrics.gauge(
            "tradewind_webhook_oldest_served_seconds", help: "The same without endpoints that are spared or tried."
        ) { [self] in
            queues.withLock { queues in Double(queues.values.map(\.oldestServedMicros).max() ?? 0) / 1_000_000 }
        }
        metrics.gauges("tradewind_webhook_worst_endpoint_due_seconds", help: "The same of the endpoint that lags most.") {
            [self] in
            let worst = queues.withLock {
                $0.values.filter { $0.worstEndpoint != nil }.max { $0.oldestDueMicros < $1.oldestDueMicros }
            }
            guard let worst, let endpoint = worst.worstEndpoint else { return [] }
            return [("endpoint=\"\(endpoint)\"", Double(worst.oldestDueMicros) / 1_000_000)]
        }
        metrics.gauges("tradewind_webhook_breakers", help: "Endpoints that are spared for a while, or tried with one request.") {
            [self] in
            let states = queues.withLock { queues in
                queues.values.reduce(into: (open: 0, probing: 0)) {
                    $0 = ($0.open + $1.breakersOpen, $0.probing + $1.breakersProbing)
                }
            }
            return [("state=\"open\"", Double(states.open)), ("state=\"probing\"", Double(states.probing))]
        }
    }

    func record(_ queue: Queue, of retailer: RetailerID) { queues.withLock { $0[retailer] = queue } }

    func recordClaim(_ elapsed: Duration) { claim.record(elapsed / .seconds(1)) }

    func recordWrite(_ count: Int, waited: Duration) {
        writeBatch.record(Double(count))
        writeWait.record(waited / .seconds(1))
    }

    func record(_ summary: CompleteAttempts.Summary) {
        fenced.increment(by: Int64(summary.fenced))
        disabled.increment(by: Int64(summary.disabled.count))
    }

    func record(_ finished: FinishedTry) {
        counter(finished.outcome?.label ?? "given_up").increment()
        guard finished.delivery.attempts == 0, finished.outcome != nil else { return }
        let since = finished.isDirect ? finished.delivery.event.occurredAt : finished.delivery.createdAt
        let waited = finished.startedAt.microseconds - since.microseconds
        firstAttempt.record(Double(max(0, waited)) / 1_000_000)
    }

    private func counter(_ label: String) -> Counter {
        attempts.withLock { attempts in
            if let known = attempts[label] { return known }
            let fresh = metrics.counter(
                "tradewind_webhook_attempts_total", help: "Attempts by outcome.", labels: ["outcome": label])
            attempts[label] = fresh
            return fresh
        }
    }
}
