package import EventLog
package import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
package import Postgres
import Tenancy

/// GET /v1/retailers/{retailer_id}/events    the log itself, in order, for whoever would rather ask than be told
///
/// Who asks after a position whose followers are partly gone is told from where to go on (410); a supplier only where some of those
/// named it.
/// A supplier reads the events that name it; row-level security sees to that. With `wait_seconds` the answer waits for the
/// first event, so that a reader in a loop hears of it at once. Events read as endpoints get them.
package struct EventRoutes: Sendable {
    static let waitSecondsMax: Int64 = 30
    /// What the last look and the answer may take of the request's time.
    static let spareMillis: Int64 = 1_000
    /// How long one request may look along the log for something that is its caller's.
    static let lookMillisMax: Int64 = 25_000
    static let rest = Duration.milliseconds(50)
    /// A page ends after the event with which its bodies reach this.
    static let pageBytesMax = 2 * 1024 * 1024

    private let database: Database
    private let hint: LogHint
    private let rendering: EventRendering
    /// Requests that read on this node, by organisation: whoever waits holds little, whoever looks along a long log takes
    /// PostgreSQL's time.
    private let readers = Turnstile<Identifier>()
    private let readersMax: Int

    /// `readersMax`: requests of one organisation that read at once.
    package init(_ database: Database, _ hint: LogHint, _ rendering: EventRendering = .asStored, readersMax: Int) {
        self.database = database
        self.hint = hint
        self.rendering = rendering
        self.readersMax = readersMax
    }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/events", "listEvents",
                access: .platform | .retailer(.admin, .analyst) | .supplier(.admin, .analyst), handle: list)
        ]
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let feed = try call.query(EventFeed.init)
        let place = try enter(call.principal.organisation.id)
        defer { withExtendedLifetime(place) {} }
        let page = try await hint.withListener(for: retailer) { listener in
            try await read(feed, of: retailer, as: call.scope, listener)
        }
        return .json(try await rendered(page))
    }

    /// 503 where the organisation has no place left.
    private func enter(_ tenant: Identifier) throws -> Turnstile<Identifier>.Pass {
        do {
            return try readers.enter([.init(tenant, max: readersMax)])
        } catch {
            throw Problem(
                503, "overloaded", "Too many requests are at work.",
                detail: "\(readersMax) requests of this organisation read events already.", retryAfterSeconds: 1)
        }
    }

    /// Looks along the log to its end, then waits there: what was looked at once is not looked at again.
    private func read(
        _ feed: EventFeed, of retailer: RetailerID, as scope: Scope, _ listener: LogListener
    ) async throws -> EventPage {
        let deadline = Deadline.wait(millisMax: feed.waitSeconds * 1_000, sparing: Self.spareMillis)
        let lookDeadline = Deadline.wait(millisMax: Self.lookMillisMax, sparing: Self.spareMillis)
        let supplier: SupplierID? = if case .supplier(let supplier, _) = scope { supplier } else { nil }
        var reading = FeedReading(feed, as: supplier)
        while true {
            let before = reading
            reading = try await database.read(as: scope) { tx in try tx.go(on: before, at: retailer) }
            if reading.isFull || reading.isCutOff { break }
            if !reading.isAtHead {
                guard lookDeadline > .now, !Task.isCancelled else { break }
                continue
            }
            let left = deadline - .now
            guard reading.events.isEmpty, left > .zero, !Task.isCancelled else { break }
            _ = await listener.sleep(atMost: min(left, .milliseconds(DeliveryLimits.pollMillis)))
            // Writes that come in hundreds a second are looked at together.
            try? await Task.sleep(for: min(Self.rest, max(.zero, deadline - .now)))
        }
        return EventPage(retailer: retailer, events: reading.events, nextAfter: reading.nextAfter)
    }

    private func rendered(_ page: EventPage) async throws -> EventPage {
        var (events, bytes) = ([LoggedEvent](), 0)
        for event in page.events where bytes < Self.pageBytesMax {
            let event = try await rendering.rendered(event, of: page.retailer)
            bytes += event.data.count
            events.append(event)
        }
        return EventPage(retailer: page.retailer, events: events, nextAfter: events.last?.position ?? page.nextAfter)
    }
}

/// What a reader of the feed asks for.
struct EventFeed: Sendable {
    let after: Int64
    let limit: Int
    /// Empty: every type.
    let types: [String]
    let waitSeconds: Int64

    init(_ fields: Fields) {
        after = fields.integerIfPresent("after", in: 0...Int64.max) ?? 0
        limit = Int(fields.integerIfPresent("limit", in: 1...Int64(Limits.pageMax)) ?? Int64(Limits.pageDefault))
        waitSeconds = fields.integerIfPresent("wait_seconds", in: 0...EventRoutes.waitSecondsMax) ?? 0
        types = fields.stringIfPresent("types", max: 2048)?.split(separator: ",").map(String.init) ?? []
        if types.count > Endpoint.eventTypesMax || !types.allSatisfy(EventTypeName.isValid) {
            fields.refuse("types", "not_event_types", "Must be types like campaign.launched, separated by commas.")
        }
    }
}

/// `{"data": [...], "next_after": 17}`: events, and the position to go on from.
struct EventPage: Sendable, JSONWritable {
    let retailer: RetailerID
    let events: [LoggedEvent]
    let nextAfter: Int64

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("data", events.map { Envelope(retailer: retailer, event: $0) })
            json.field("next_after", nextAfter)
        }
    }
}

/// Why a page of the feed is refused.
enum EventFeedRefusal: Refusal {
    /// The reader was not so far when events went: some that it has not seen are kept no longer.
    case pruned(through: Int64)

    var problem: Problem {
        switch self {
        case .pruned(let position):
            Problem(
                410, "events_pruned", "Events after this position are kept no longer.",
                detail: "Events are kept for \(DeliveryLimits.eventDaysKept) days; go on after \(position).",
                numbers: ["oldest_after": position])
        }
    }
}
