package import EventLog
package import Kernel

/// Makes the bodies of events of which the log keeps a reference alone (LEDGER_AND_WEBHOOKS rule 31). Webhooks know no other
/// capability, so whoever owns such a type of event gives its renderer: the same bytes for the same event, each time.
package struct EventRendering: Sendable {
    /// The `data` of the envelope, an object of JSON.
    package typealias Renderer = @Sendable (LoggedEvent, RetailerID) async throws -> [UInt8]

    private let renderers: [String: Renderer]

    /// Every event is sent as it stands in the log.
    package static let asStored = EventRendering([:])

    /// Renderers by the type of their events; all others are sent as they stand.
    package init(_ renderers: [String: Renderer]) { self.renderers = renderers }

    func rendered(_ event: LoggedEvent, of retailer: RetailerID) async throws -> LoggedEvent {
        guard let render = renderers[event.type] else { return event }
        return event.carrying(try await render(event, retailer))
    }
}
