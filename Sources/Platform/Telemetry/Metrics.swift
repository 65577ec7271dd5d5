import Synchronization

/// The numbers that an operator reads at `/metrics`, in the Prometheus text format, version 0.0.4. Counters and
/// histograms are made once, at start, and kept by whoever counts; gauges are asked when somebody looks.
package final class Metrics: Sendable {
    private struct State {
        var series: [Series] = []
        var gauges: [Gauge] = []
    }

    private struct Gauge {
        let name: String
        let help: String
        let read: @Sendable () -> [(labels: String, value: Double)]
    }

    private let state = Mutex(State())

    package init() {}

    package func counter(_ name: String, help: String, labels: KeyValuePairs<String, String> = [:]) -> Counter {
        let counter = Counter(name: name, help: help, labels: Self.text(of: labels))
        state.withLock { $0.series.append(.counter(counter)) }
        return counter
    }

    /// `bounds` are upper bounds in the metric's unit, rising.
    package func histogram(
        _ name: String, help: String, labels: KeyValuePairs<String, String> = [:], bounds: [Double]
    ) -> Histogram {
        let histogram = Histogram(name: name, help: help, labels: Self.text(of: labels), bounds: bounds)
        state.withLock { $0.series.append(.histogram(histogram)) }
        return histogram
    }

    package func gauge(_ name: String, help: String, _ read: @escaping @Sendable () -> Double) {
        gauges(name, help: help) { [("", read())] }
    }

    /// A gauge with labels, each written as `name="value"`.
    package func gauges(_ name: String, help: String, _ read: @escaping @Sendable () -> [(labels: String, value: Double)]) {
        state.withLock { $0.gauges.append(Gauge(name: name, help: help, read: read)) }
    }

    /// The whole page.
    package func text() -> String {
        let (series, gauges) = state.withLock { ($0.series, $0.gauges) }
        var lines: [String] = []
        var described: Set<String> = []
        for one in series.sorted(by: { $0.name < $1.name }) {
            if described.insert(one.name).inserted {
                lines += ["# HELP \(one.name) \(one.help)", "# TYPE \(one.name) \(one.kind)"]
            }
            lines += one.samples
        }
        for gauge in gauges {
            lines += ["# HELP \(gauge.name) \(gauge.help)", "# TYPE \(gauge.name) gauge"]
            lines += gauge.read().map { sample in
                "\(gauge.name)\(sample.labels.isEmpty ? "" : "{\(sample.labels)}") \(sample.value)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(of labels: KeyValuePairs<String, String>) -> String {
        labels.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
    }
}

private enum Series {
    case counter(Counter)
    case histogram(Histogram)

    var name: String {
        switch self {
        case .counter(let counter): counter.name
        case .histogram(let histogram): histogram.name
        }
    }

    var help: String {
        switch self {
        case .counter(let counter): counter.help
        case .histogram(let histogram): histogram.help
        }
    }

    var kind: String {
        switch self {
        case .counter: "counter"
        case .histogram: "histogram"
        }
    }

    var samples: [String] {
        switch self {
        case .counter(let counter): counter.samples
        case .histogram(let histogram): histogram.samples
        }
    }
}

/// A count that only rises.
package final class Counter: Sendable {
    let name: String
    let help: String
    private let labels: String
    private let count = Atomic<Int64>(0)

    init(name: String, help: String, labels: String) {
        self.name = name
        self.help = help
        self.labels = labels
    }

    package func increment(by amount: Int64 = 1) { count.add(amount, ordering: .relaxed) }

    package var value: Int64 { count.load(ordering: .relaxed) }

    var samples: [String] { ["\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(value)"] }
}

/// How often a measure fell under each of its bounds, and its sum.
package final class Histogram: Sendable {
    let name: String
    let help: String
    private let labels: String
    private let bounds: [Double]

    private struct State {
        var counts: [Int64]
        var sum = 0.0
    }

    private let state: Mutex<State>

    init(name: String, help: String, labels: String, bounds: [Double]) {
        self.name = name
        self.help = help
        self.labels = labels
        self.bounds = bounds
        state = Mutex(State(counts: [Int64](repeating: 0, count: bounds.count + 1)))
    }

    package func record(_ measure: Double) {
        let bucket = bounds.firstIndex { measure <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += measure
        }
    }

    var samples: [String] {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        let prefix = labels.isEmpty ? "" : "\(labels),"
        var total: Int64 = 0
        var lines: [String] = []
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
            lines.append("\(name)_bucket{\(prefix)le=\"\(bound)\"} \(total)")
        }
        let whole = labels.isEmpty ? "" : "{\(labels)}"
        return lines + ["\(name)_sum\(whole) \(sum)", "\(name)_count\(whole) \(total)"]
    }
}
