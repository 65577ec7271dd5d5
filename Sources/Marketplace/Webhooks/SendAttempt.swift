import EventLog
import JSONText
import Kernel
import OutboundHTTP

/// One try of a claimed delivery: the envelope of its event, signed and posted. The bytes that are signed are the bytes sent.
struct SendAttempt: Sendable {
    let client: OutboundClient

    /// `event` is the delivery's, with the body that receivers read.
    func run(_ delivery: ClaimedDelivery, of event: LoggedEvent) async -> FinishedTry {
        let body = Envelope(retailer: delivery.retailer, event: event).jsonBytes
        guard body.count <= DeliveryLimits.bodyBytesMax else {
            return failed(delivery, .tooLarge, "The event is larger than a message may be.")
        }
        do throws(OutboundRequest.Refusal) {
            let outcome = await client.post(try Self.request(for: delivery, body: body))
            return FinishedTry(
                delivery: delivery, outcome: AttemptOutcome(outcome), durations: outcome.durations,
                remoteAddress: outcome.remoteAddress)
        } catch {
            return failed(delivery, .http, "The request could not be made.")
        }
    }

    /// Standard Webhooks 1.0: the id is the event's, the same over all tries; a signature for each secret in force.
    static func request(
        for delivery: ClaimedDelivery, body: [UInt8]
    ) throws(OutboundRequest.Refusal) -> OutboundRequest {
        let id = "\(delivery.event.id)"
        let timestamp = delivery.claimedAt.microseconds / 1_000_000
        let signatures = delivery.secrets.map { $0.signature(id: id, timestamp: timestamp, body: body) }
        return try OutboundRequest(
            url: delivery.url,
            headers: [
                ("Content-Type", "application/json"), ("User-Agent", "Tradewind-Webhooks/1"), ("webhook-id", id),
                ("webhook-timestamp", "\(timestamp)"), ("webhook-signature", signatures.joined(separator: " ")),
            ], body: body, connectTimeout: .seconds(DeliveryLimits.connectSecondsMax),
            totalTimeout: .seconds(DeliveryLimits.requestSecondsMax))
    }

    private func failed(_ delivery: ClaimedDelivery, _ kind: OutboundFailure.Kind, _ message: String) -> FinishedTry {
        FinishedTry(
            delivery: delivery, outcome: AttemptOutcome(.failed(kind, message: message)), durations: .none,
            remoteAddress: nil)
    }
}
