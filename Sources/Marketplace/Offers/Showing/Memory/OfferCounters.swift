import Bitmaps
import Campaigns
import Kernel
import Parties
import Postgres
import Synchronization
import Tenancy

/// What a shopper used of limits, and what they activated.
struct OfferUse: Sendable, Hashable {
    var counted: [CampaignID: [CountedLimit]] = [:]
    var activated: Set<CampaignID> = []
}

/// What those shoppers used who have used or activated something, as they are asked for: read when they look first, and
/// forgotten when something is counted.
final class OfferCounters: Sendable {
    private struct State {
        var known: [UInt32: OfferUse] = [:]
        /// Those who activated something on this node: memory may not have looked since.
        var fresh = KeySet()
        /// Rises when something is forgotten: what was read meanwhile may be older than what was counted.
        var generation = 0
    }

    private let state = Mutex(State())
    private let looks: SharedLooks<UInt32, OfferUse>

    init(_ retailer: RetailerID, _ room: OfferRoom) {
        looks = SharedLooks { [database = room.database] keys in
            try await database.read(as: .retailer(retailer)) { tx in
                try tx.offerUse(of: keys.sorted(), at: retailer)
            }
        }
    }

    func use(of key: UInt32) async throws -> OfferUse {
        let (known, generation) = state.withLock { ($0.known[key], $0.generation) }
        if let known { return known }
        let found = try await looks.ask(key) ?? OfferUse()
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.known.count >= OfferBounds.countersMax { state.known = [:] }
            state.known[key] = found
        }
        return found
    }

    /// Of these there is something to read, whatever the last look found.
    func activated(_ keys: [UInt32]) {
        forget(keys)
        state.withLock { state in for key in keys { state.fresh.insert(key) } }
    }

    func isFresh(_ key: UInt32) -> Bool { state.withLock { $0.fresh.contains(key) } }

    func forget(_ keys: [UInt32]) {
        guard !keys.isEmpty else { return }
        state.withLock { state in
            state.generation += 1
            for key in keys { state.known[key] = nil }
        }
    }

    func forgetAll() {
        state.withLock { state in
            state.generation += 1
            state.known = [:]
            state.fresh = KeySet()
        }
    }
}
