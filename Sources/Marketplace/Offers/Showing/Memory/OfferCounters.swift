import Campaigns
import Kernel
import Parties
import Postgres
import Synchronization
import Tenancy

/// What is used of the limits of those shoppers who have used something, as they are asked for: read when they look first, and
/// forgotten when something is counted.
final class OfferCounters: Sendable {
    typealias Counted = [CampaignID: [CountedLimit]]

    private struct State {
        var known: [UInt32: Counted] = [:]
        /// Rises when something is forgotten: what was read meanwhile may be older than what was counted.
        var generation = 0
    }

    private let state = Mutex(State())
    private let looks: SharedLooks<UInt32, Counted>

    init(_ retailer: RetailerID, _ room: OfferRoom) {
        looks = SharedLooks { [database = room.database] keys in
            try await database.read(as: .retailer(retailer)) { tx in
                try tx.countedLimits(of: keys.sorted(), at: retailer)
            }
        }
    }

    func counted(for key: UInt32) async throws -> Counted {
        let (known, generation) = state.withLock { ($0.known[key], $0.generation) }
        if let known { return known }
        let found = try await looks.ask(key) ?? [:]
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.known.count >= OfferBounds.countersMax { state.known = [:] }
            state.known[key] = found
        }
        return found
    }

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
        }
    }
}
