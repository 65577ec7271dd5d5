import EventLog
import Kernel
import Postgres
import Sealing

/// A delivery that this worker holds until its lease ends, with all that a try needs.
struct ClaimedDelivery: Sendable {
    let retailer: RetailerID
    let id: DeliveryID
    let endpoint: EndpointID
    let supplier: SupplierID?
    let hold: DeliveryHold
    let claimedAt: Instant
    /// The same moment by the clock that nobody sets.
    let claimed: ContinuousClock.Instant
    /// Tries of this series so far, and attempts of all series.
    let tries: Int32
    let attempts: Int32
    let createdAt: Instant
    let url: String
    /// Events of one message to this endpoint at most.
    let batchMax: Int
    let event: LoggedEvent
    let loggedOn: BusinessDay
    let keys: EndpointKeys
    /// The last request to the endpoint failed.
    let isFailing: Bool
    /// The endpoint has answered well for as long as is remembered: one more success changes nothing but counts.
    let isQuiet: Bool
}

/// What a worker holds a delivery by. Whoever no longer has it is fenced.
enum DeliveryHold: Sendable, Hashable {
    /// The row of the queue, under this claim.
    case queued(Identifier)
    /// The span of the log that it is sent from; there is no row of it yet.
    case direct(Identifier)
}

/// Takes due deliveries of one retailer, a few of each endpoint: as many as its slots, its rate and its breaker allow.
/// Endpoints that another node is looking at are skipped.
struct ClaimDeliveries: Sendable {
    let retailer: RetailerID
    let places: DeliveryPlaces.Free
    let box: SecretBox
    let clock: DeliveryClock
    let world: OutsideWorld

    func run(in tx: borrowing Transaction) throws -> [ClaimedDelivery] {
        let (now, claimed) = (try clock.now(tx), ContinuousClock.now)
        let due = try lockDue(in: tx, now: now)
        guard !due.isEmpty else { return [] }
        // Counted anew behind the locks: this is what decides.
        let shares = Self.shares(
            of: due, running: try tx.leased(at: retailer, now: now), direct: try tx.slotsOfSpans(at: retailer, now: now),
            places: places, now: now)
        guard !shares.isEmpty else { return [] }
        let claim = Identifier(at: now, random: (world.random(), world.random()))
        let ids = try tx.lockDueRows(of: shares, at: retailer, now: now)
        let rows = try tx.claim(
            ids, at: retailer, as: claim, until: now.adding(seconds: DeliveryLimits.leaseSeconds))
        try tx.recordClaim(of: Self.taken(by: rows, from: due, now: now), at: retailer, now: now)
        return try whole(rows, from: due, as: claim, in: tx, now: now, claimed)
    }

    private func lockDue(in tx: borrowing Transaction, now: Instant) throws -> [DueEndpoint] {
        let running = try tx.leased(at: retailer, now: now)
        var due: [DueEndpoint] = []
        for (isFailing, places) in [(false, places.healthy), (true, places.failing)] where places > 0 {
            due += try tx.lockDueEndpoints(of: retailer, failing: isFailing, running: running, now: now)
        }
        return due
    }

    /// The claimed rows with their deliveries, events and keys. A row whose event is no longer kept stays as it is, until the
    /// retention ends it.
    private func whole(
        _ rows: [ClaimedRow], from due: [DueEndpoint], as claim: Identifier, in tx: borrowing Transaction, now: Instant,
        _ claimed: ContinuousClock.Instant
    ) throws -> [ClaimedDelivery] {
        let endpoints = Dictionary(due.map { ($0.id, $0) }) { first, _ in first }
        let facts = try tx.facts(of: rows.map(\.delivery), at: retailer)
        let events = try tx.events(
            at: facts.values.map(\.position), on: Array(Set(facts.values.map(\.loggedOn))), of: retailer)
        let keys = try tx.keys(of: Array(Set(rows.map(\.endpoint))), at: retailer, now: now, box)
        return rows.compactMap { row in
            guard let endpoint = endpoints[row.endpoint], let facts = facts[row.delivery], let event = events[facts.position]
            else { return nil }
            return ClaimedDelivery(
                retailer: retailer, id: row.delivery, endpoint: row.endpoint, supplier: endpoint.supplier,
                hold: .queued(claim), claimedAt: now, claimed: claimed, tries: row.tries, attempts: facts.attempts,
                createdAt: facts.createdAt, url: endpoint.url, batchMax: endpoint.batchMax, event: event,
                loggedOn: facts.loggedOn,
                keys: keys[row.endpoint] ?? EndpointKeys(), isFailing: endpoint.isFailing, isQuiet: endpoint.health.isQuiet)
        }
    }

    /// How many deliveries each endpoint may have, in the order in which they were served last. Slots, rate and places are of
    /// requests, which may hold several deliveries each.
    /// - Parameter direct: slots that are kept for what is sent straight from the log.
    static func shares(
        of due: [DueEndpoint], running: [EndpointID: Int], direct: [EndpointID: Int] = [:], places: DeliveryPlaces.Free,
        now: Instant
    ) -> [(endpoint: EndpointID, limit: Int32)] {
        var left = places
        var shares: [(EndpointID, Int32)] = []
        for endpoint in due {
            let queued = OutgoingMessage.count(of: running[endpoint.id] ?? 0, batchMax: endpoint.batchMax)
            let underWay = queued + (direct[endpoint.id] ?? 0)
            let slots = endpoint.health.slotsFree(running: underWay, at: now)
            let limit = min(slots, endpoint.bucket.tokens(at: now), endpoint.isFailing ? left.failing : left.healthy)
            guard limit > 0 else { continue }
            if endpoint.isFailing { left.failing -= limit } else { left.healthy -= limit }
            shares.append((endpoint.id, Int32(limit * endpoint.batchMax)))
        }
        return shares
    }

    private static func taken(
        by rows: [ClaimedRow], from due: [DueEndpoint], now: Instant
    ) -> [(endpoint: EndpointID, bucket: TokenBucket)] {
        let counts = Dictionary(grouping: rows, by: \.endpoint).mapValues(\.count)
        return due.compactMap { endpoint in
            guard let count = counts[endpoint.id] else { return nil }
            var bucket = endpoint.bucket
            bucket.take(OutgoingMessage.count(of: count, batchMax: endpoint.batchMax), at: now)
            return (endpoint.id, bucket)
        }
    }
}
