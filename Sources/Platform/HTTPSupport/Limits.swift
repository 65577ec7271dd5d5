/// The named limits of the HTTP side. Each is a tested refusal.
package struct Limits: Sendable {
    /// The largest JSON body of a route that names no other.
    package static let bodyBytesMax = 1 << 20
    /// The largest answer that is remembered for an `Idempotency-Key`.
    package static let rememberedBytesMax = 64 * 1024
    package static let idempotencyKeyCharactersMax = 255
    package static let pageMax = 1000
    package static let pageDefault = 100

    /// Requests at work at once on this node; beyond it 503.
    package var requestsMax = 1000
    /// How long a body may take to arrive.
    package var bodySecondsMax: Int64 = 30
    /// How long a connection may stand idle.
    package var idleSecondsMax: Int64 = 60
    package var headerBytesMax = 16 * 1024
    package var headersMax = 100
    package var connectionsMax = 10_000

    package init() {}
}
