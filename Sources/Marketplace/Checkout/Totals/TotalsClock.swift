import EventLog
package import Kernel
package import Postgres
import Tenancy

/// Tells suppliers, a little after each quarter-hour, what their campaigns moved in it: `campaign.totals`, one event for each
/// campaign that moved something. The sums come from the redemptions, and how far they were told is written in the same
/// transaction as the events: each quarter-hour is told once, whatever dies in between. Any number of nodes may run it.
package struct TotalsClock: Sendable {
    /// How long after its end a quarter-hour is told: longer than a sale's transaction may take.
    package static let graceSeconds: Int64 = 120
    /// Quarter-hours of one transaction: an hour, which one statement sums up also where a node was away for days.
    static let quartersMax: Int64 = 4

    private let database: Database
    private let world: OutsideWorld
    private let aheadSeconds: Int64

    /// - Parameter aheadSeconds: by how much the time of telling runs ahead of the database's, by which sales are posted; for tests.
    package init(_ database: Database, _ world: OutsideWorld, aheadSeconds: Int64 = 0) {
        self.database = database
        self.world = world
        self.aheadSeconds = aheadSeconds
    }

    /// All retailers. Returns the number of events.
    @discardableResult
    package func advance() async throws -> Int {
        var events = 0
        try await database.forEachRetailer { events += try await advance($0) }
        return events
    }

    /// One retailer, up to the last quarter-hour that is over.
    @discardableResult
    package func advance(_ retailer: RetailerID) async throws -> Int {
        var events = 0
        while true {
            let told = try await database.transaction(as: .retailer(retailer)) { tx in try step(retailer, in: tx) }
            events += told.events
            guard told.hasMore else { return events }
        }
    }

    private struct Told: Sendable {
        var events = 0
        var hasMore = false
    }

    private func step(_ retailer: RetailerID, in tx: borrowing Transaction) throws -> Told {
        let now = try tx.one("SELECT clock_timestamp()") { row in try row.next(Instant.self) }
        let due = now.adding(seconds: aheadSeconds - Self.graceSeconds).startOfQuarterHour
        guard let told = try tx.toldUntil(at: retailer) else {
            // What was before the first look is nobody's expectation.
            try tx.beginTelling(at: retailer, from: due)
            return Told()
        }
        let until = min(due, told.adding(seconds: Self.quartersMax * CampaignTotal.quarterSeconds))
        guard told < until, try tx.lockTold(at: retailer, told) else { return Told() }
        try tx.tell(until: until, at: retailer)
        let totals = try tx.totals(of: retailer, from: told, until: until)
        if !totals.isEmpty {
            let asset = try tx.one("SELECT asset FROM retailer WHERE retailer_id = \(retailer)") { row in
                try row.next(Asset.self)
            }
            let events = totals.map { $0.event(asset) }
            try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: world.now())
        }
        return Told(events: totals.count, hasMore: until < due)
    }
}
