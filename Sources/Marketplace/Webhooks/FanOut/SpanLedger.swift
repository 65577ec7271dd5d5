import Kernel

/// What this node has under way of its spans, in deliveries by endpoint. A state machine without I/O.
struct SpanLedger: Sendable {
    private struct Open {
        var deliveries: [EndpointID: Int]
        let slots: [EndpointID: Int]
    }

    private var spans: [Identifier: Open] = [:]

    mutating func open(_ span: DeliverySpan) {
        let lines = span.lines.map { ($0.endpoint, $0.deliveryCount) }
        spans[span.id] = Open(
            deliveries: Dictionary(uniqueKeysWithValues: lines),
            slots: Dictionary(uniqueKeysWithValues: span.lines.map { ($0.endpoint, $0.slots) }))
    }

    /// What is left of the spans of these tries when they are written, with its slots.
    func left(after tries: [FinishedTry]) -> [Identifier: [EndpointID: Int]] {
        Self.counts(tries).reduce(into: [:]) { left, span in
            // What is not known any more is left as it stands, and only locked.
            guard let open = spans[span.key] else { return }
            left[span.key] = open.slots.filter { endpoint, _ in
                (open.deliveries[endpoint] ?? 0) > (span.value[endpoint] ?? 0)
            }
        }
    }

    /// They are written, or never will be: then their spans are left to whoever takes them over.
    mutating func close(_ tries: [FinishedTry], isWritten: Bool) {
        for (span, counts) in Self.counts(tries) {
            guard isWritten else {
                spans[span] = nil
                continue
            }
            for (endpoint, count) in counts { spans[span]?.deliveries[endpoint, default: 0] -= count }
            if spans[span]?.deliveries.values.allSatisfy({ $0 <= 0 }) ?? true { spans[span] = nil }
        }
    }

    private static func counts(_ tries: [FinishedTry]) -> [Identifier: [EndpointID: Int]] {
        tries.reduce(into: [:]) { counts, finished in
            guard case .direct(let span) = finished.delivery.hold else { return }
            counts[span, default: [:]][finished.delivery.endpoint, default: 0] += 1
        }
    }
}
