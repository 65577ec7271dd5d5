import AudienceIndex

/// Times of a piece of work that was done several times, in milliseconds, rising.
struct Times {
    let millis: [Double]

    init(_ runs: Int, _ body: () -> Void) {
        millis = (0..<runs).map { _ in
            let started = ContinuousClock.now
            body()
            return Times.millis(since: started)
        }.sorted()
    }

    init(_ millis: [Double]) { self.millis = millis.sorted() }

    var median: Double { millis[millis.count / 2] }

    func percentile(_ share: Double) -> Double { millis[min(millis.count - 1, Int(Double(millis.count) * share))] }

    static func millis(since started: ContinuousClock.Instant) -> Double {
        started.duration(to: .now) / .milliseconds(1)
    }
}

/// Three digits after the point.
func digits(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    let rest = "\(thousandths % 1000)"
    return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
}

func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
