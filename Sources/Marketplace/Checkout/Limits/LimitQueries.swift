import Campaigns
import EventLog
import Kernel
import Postgres

/// Counters of limits. They change under the lock of their campaign's accounts, which every hold and redemption takes, so
/// they need no lock of their own; the constraint `limit_counter_never_above` is the last fence.
extension Transaction {
    /// Each limit less what is used and held of it; one that nobody has used yet has no row. Below zero where shoppers who
    /// were merged had taken more together than the limit of one. By primary key, one look-up for each: LATERAL with LIMIT
    /// keeps the planner from reading the whole table while it knows nothing of it.
    func limitBalances(
        of limits: [(key: LimitKey, bound: Int64)], at retailer: RetailerID
    ) throws -> [LimitKey: Int64] {
        var left = Dictionary(limits.map { ($0.key, $0.bound) }) { first, _ in first }
        guard !left.isEmpty else { return left }
        let keys = Array(left.keys)
        let used = try query(
            """
            SELECT wanted.place, counter.taken
            FROM unnest(
                \(keys.map(\.campaign)), \(keys.map(\.counter.rawValue)), \(keys.map(\.subject)), \(keys.map(\.period))
            ) WITH ORDINALITY AS wanted (campaign_id, counter, subject, period, place)
            CROSS JOIN LATERAL (
                SELECT used + held AS taken
                FROM limit_counter
                WHERE limit_counter.retailer_id = \(retailer) AND limit_counter.campaign_id = wanted.campaign_id
                    AND limit_counter.counter = wanted.counter AND limit_counter.subject = wanted.subject
                    AND limit_counter.period = wanted.period
                LIMIT 1
            ) AS counter
            """
        ) { row in (try row.next(Int.self), try row.next(Int64.self)) }
        for (place, units) in used { left[keys[place - 1], default: 0] -= units }
        return left
    }

    /// Adds to what is used and held of limits; a row is made where there is none. The constraint is checked of the row that would be
    /// made, also where there is one: so of a limit that merged shoppers had taken more of together it is the row's own that counts.
    func count(_ changes: [LimitChange], at retailer: RetailerID) throws {
        guard !changes.isEmpty else { return }
        let sorted = changes.sorted { $0.key < $1.key }
        try execute(
            """
            WITH \(fragment: .noted(.limits, of: retailer, keys: changes.shoppers))
            INSERT INTO limit_counter (retailer_id, campaign_id, counter, subject, period, used, held, limit_units)
            SELECT \(retailer), change.campaign_id, change.counter, change.subject, change.period, change.used, change.held,
                CASE
                    WHEN change.used + change.held > change.limit_units AND EXISTS (
                        SELECT FROM limit_counter AS standing
                        WHERE standing.retailer_id = \(retailer) AND standing.campaign_id = change.campaign_id
                            AND standing.counter = change.counter AND standing.subject = change.subject
                            AND standing.period = change.period
                    ) THEN change.used + change.held
                    ELSE change.limit_units
                END
            FROM unnest(
                \(sorted.map(\.key.campaign)), \(sorted.map(\.key.counter.rawValue)), \(sorted.map(\.key.subject)),
                \(sorted.map(\.key.period)), \(sorted.map(\.used)), \(sorted.map(\.held)), \(sorted.map(\.limit))
            ) AS change (campaign_id, counter, subject, period, used, held, limit_units)
            ON CONFLICT (retailer_id, campaign_id, counter, subject, period) DO UPDATE
            SET used = limit_counter.used + EXCLUDED.used, held = limit_counter.held + EXCLUDED.held
            """)
    }

    /// Takes from what is used of limits; one that has no row has nothing to give back.
    func uncount(_ changes: [LimitChange], at retailer: RetailerID) throws {
        guard !changes.isEmpty else { return }
        try execute(
            """
            WITH \(fragment: .noted(.limits, of: retailer, keys: changes.shoppers))
            UPDATE limit_counter
            SET used = limit_counter.used - back.units
            FROM unnest(
                \(changes.map(\.key.campaign)), \(changes.map(\.key.counter.rawValue)), \(changes.map(\.key.subject)),
                \(changes.map(\.key.period)), \(changes.map(\.used))
            ) AS back (campaign_id, counter, subject, period, units)
            WHERE limit_counter.retailer_id = \(retailer) AND limit_counter.campaign_id = back.campaign_id
                AND limit_counter.counter = back.counter AND limit_counter.subject = back.subject
                AND limit_counter.period = back.period
            """)
    }
}

/// What a decision adds to one counter, or a return takes from it: units, or minor units where it counts money.
struct LimitChange: Sendable, Hashable {
    let key: LimitKey
    let limit: Int64
    var used: Int64 = 0
    var held: Int64 = 0
}

extension [LimitChange] {
    /// The keys of those whose own limits change, as a SELECT. Other subjects look like no key.
    fileprivate var shoppers: SQL { "SELECT unnest(\(Set(compactMap { Int64($0.key.subject) }).sorted()))" }

    /// One change for each counter.
    func summed() -> [LimitChange] {
        var sums: [LimitKey: LimitChange] = [:]
        for change in self {
            var sum = sums[change.key] ?? LimitChange(key: change.key, limit: change.limit)
            sum.used += change.used
            sum.held += change.held
            sums[change.key] = sum
        }
        return sums.values.filter { $0.used != 0 || $0.held != 0 }
    }
}
