import EventLog
import JSONText
import Kernel
import OutboundHTTP

/// One try of a message: the envelopes of its events, signed and posted. The bytes that are signed are the bytes sent.
struct SendAttempt: Sendable {
    let client: OutboundClient
    let timeout: Duration

    /// `events` are the deliveries', in their order, with the bodies that receivers read. Returns what came of each delivery;
    /// those for which the message had no room are given up, which is no try, and due again at once.
    func run(_ message: OutgoingMessage, of events: [LoggedEvent]) async -> [FinishedTry] {
        let first = message.deliveries[0]
        let envelopes = events.map { Envelope(retailer: first.retailer, event: $0) }
        let body =
            first.batchMax > 1
            ? MessageBody(batch: envelopes, bytesMax: DeliveryLimits.bodyBytesMax) : MessageBody(envelopes[0])
        let (sent, left) = (message.deliveries.prefix(body.count), message.deliveries.dropFirst(body.count))
        let startedAt = first.claimedAt.adding(elapsed: .now - first.claimed)
        var outcome = await post(body, to: first, at: startedAt)
        if sent.count > 0, events.contains(where: \.namesShoppers) { outcome = outcome?.withoutHead }
        return sent.map { FinishedTry($0, outcome, startedAt: startedAt, isFirstOfMessage: $0.id == first.id) }
            + left.map { FinishedTry($0, nil, isFirstOfMessage: false) }
    }

    private func post(_ body: MessageBody, to first: ClaimedDelivery, at startedAt: Instant) async -> OutboundOutcome? {
        guard body.bytes.count <= DeliveryLimits.bodyBytesMax else {
            return OutboundOutcome(failed: .tooLarge, "The event is larger than a message may be.")
        }
        guard !first.keys.isDamaged else {
            return OutboundOutcome(failed: .http, "A secret of the endpoint is damaged: rotate it.")
        }
        guard let request = try? request(for: first, body: body, at: startedAt) else {
            return OutboundOutcome(failed: .http, "The request could not be made.")
        }
        return await client.post(request)
    }

    /// Standard Webhooks 1.0: the id is the same over all tries; a signature for each secret and key in force. The endpoint's own
    /// headers go last and have no name of ours.
    private func request(for delivery: ClaimedDelivery, body: MessageBody, at startedAt: Instant) throws -> OutboundRequest {
        let timestamp = startedAt.microseconds / 1_000_000
        let signatures = try delivery.keys.signatures(id: body.id, timestamp: timestamp, body: body.bytes)
        let ours = [
            ("Content-Type", "application/json"), ("User-Agent", "Tradewind-Webhooks/1"), ("webhook-id", body.id),
            ("webhook-timestamp", "\(timestamp)"), ("webhook-signature", signatures),
        ]
        return try OutboundRequest(
            url: delivery.url, headers: ours + delivery.keys.headers.list.map { ($0.name, $0.value) }, body: body.bytes,
            connectTimeout: min(.seconds(DeliveryLimits.connectSecondsMax), timeout), totalTimeout: timeout)
    }
}

extension Instant {
    fileprivate func adding(elapsed: Duration) -> Instant {
        Instant(microseconds: microseconds + Int64(elapsed / .microseconds(1)))
    }
}

extension LoggedEvent {
    /// A receiver that repeats such a message in its answer would have us keep shoppers' ids past their erasure.
    var namesShoppers: Bool { type.hasPrefix("offers.") || type.hasPrefix("shopper.") }
}

extension OutgoingMessage {
    /// No try: its deliveries are due again at once.
    var givenUp: [FinishedTry] { deliveries.map { FinishedTry($0, nil, isFirstOfMessage: false) } }
}
