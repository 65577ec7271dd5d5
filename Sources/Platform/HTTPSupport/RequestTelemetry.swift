import HTTPTypes
package import Logging
import Synchronization
package import Telemetry

/// Counts, times and logs each request once, on its way out.
package final class RequestTelemetry: Sendable {
    private let metrics: Metrics
    private let logger: Logger
    private let duration: Histogram
    private let requests = Mutex<[String: Counter]>([:])
    private let problems = Mutex<[String: Counter]>([:])

    package init(_ metrics: Metrics, _ logger: Logger) {
        self.metrics = metrics
        self.logger = logger
        duration = metrics.histogram(
            "tradewind_http_request_seconds", help: "Time from the head of a request to its answer.",
            bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
        // A series that begins with its first fault has not risen: whoever watches for a rise would miss that one.
        for code in ["internal", "overloaded", "rate_limited", "timeout", "unavailable"] { _ = problem(code) }
    }

    /// What is known of a request when it is answered.
    struct Outcome {
        let operation: String
        let method: HTTPRequest.Method
        let status: Int
        let elapsed: Duration
        let requestID: String
        var caller: String?
        /// Our fault, for the log alone.
        var fault: (any Error)?
        var problemCode: String?
    }

    func record(_ outcome: Outcome) {
        duration.record(outcome.elapsed / .seconds(1))
        counter(outcome.operation, outcome.status).increment()
        if let code = outcome.problemCode { problem(code).increment() }
        let level = level(of: outcome)
        guard level >= logger.logLevel else { return }
        var metadata: Logger.Metadata = [
            "operation": "\(outcome.operation)", "method": "\(outcome.method.rawValue)", "status": "\(outcome.status)",
            "duration_us": "\(Int64(outcome.elapsed / .microseconds(1)))", "request_id": "\(outcome.requestID)",
        ]
        if let caller = outcome.caller { metadata["key"] = "\(caller)" }
        if let code = outcome.problemCode { metadata["problem"] = "\(code)" }
        if let fault = outcome.fault { metadata["fault"] = "\(fault)" }
        logger.log(level: level, "request", metadata: metadata)
    }

    private func level(of outcome: Outcome) -> Logger.Level {
        outcome.status == 500 ? .error : outcome.status > 500 ? .warning : .debug
    }

    /// Codes are the contract's, so there are only so many.
    private func problem(_ code: String) -> Counter {
        problems.withLock { problems in
            if let known = problems[code] { return known }
            let fresh = metrics.counter(
                "tradewind_http_problems_total", help: "Refusals and faults by their code.", labels: ["code": code])
            problems[code] = fresh
            return fresh
        }
    }

    private func counter(_ operation: String, _ status: Int) -> Counter {
        requests.withLock { requests in
            let key = "\(operation) \(status)"
            if let known = requests[key] { return known }
            let fresh = metrics.counter(
                "tradewind_http_requests_total", help: "Requests by operation and status.",
                labels: ["operation": operation, "status": "\(status)"])
            requests[key] = fresh
            return fresh
        }
    }
}
