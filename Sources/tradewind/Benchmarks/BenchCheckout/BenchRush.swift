import Kernel

/// Many tills that post receipts or ask for quotes for some seconds: each as fast as it is answered, or all together at a given
/// rate.
struct BenchRush: Sendable {
    /// The whole of each request, by its number.
    let request: @Sendable (Int) -> String
    /// The status of a good answer.
    var expects = 201
    let port: Int
    let connections: Int
    let seconds: Double
    /// Requests a second; nil: as fast as answers come. At a rate, a request's time is from when it was due.
    var rate: Double?

    struct Outcome: Sendable {
        /// Requests a second that had a good answer.
        let receipts: Double
        /// Answers of another status, by status.
        let others: [Int: Int]
        /// Microseconds, ascending.
        private let micros: [Int64]

        init(_ tallies: [Tally], seconds: Double) {
            micros = tallies.flatMap(\.micros).sorted()
            receipts = Double(micros.count) / seconds
            others = tallies.reduce(into: [:]) { sums, tally in sums.merge(tally.others, uniquingKeysWith: +) }
        }

        /// Milliseconds under which so many answers of ten thousand came.
        func millis(at tenThousandths: Int) -> Double {
            guard !micros.isEmpty else { return 0 }
            return Double(micros[min(micros.count - 1, micros.count * tenThousandths / 10_000)]) / 1_000
        }
    }

    struct Tally: Sendable {
        var micros: [Int64] = []
        var others: [Int: Int] = [:]
    }

    func run() async throws -> Outcome {
        let start = ContinuousClock.now
        let tallies = try await withThrowingTaskGroup(of: Tally.self) { group in
            for till in 0..<connections { group.addTask { try await self.sell(till, from: start) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        return Outcome(tallies, seconds: (ContinuousClock.now - start).seconds)
    }

    private func sell(_ till: Int, from start: ContinuousClock.Instant) async throws -> Tally {
        let connection = try await BenchTill.connect(port: port)
        var tally = Tally()
        var index = till
        while start.duration(to: .now).seconds < seconds {
            var due = ContinuousClock.now
            if let rate {
                due = start.advanced(by: .seconds(Double(index) / rate))
                try await Task.sleep(until: due)
            }
            let status = try await connection.send(request(index))
            if status == expects {
                tally.micros.append(Int64((ContinuousClock.now - due).seconds * 1_000_000))
            } else {
                tally.others[status, default: 0] += 1
            }
            index += connections
        }
        await connection.close()
        return tally
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
