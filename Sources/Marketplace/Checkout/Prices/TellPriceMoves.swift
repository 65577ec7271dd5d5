import EventLog
import Kernel
import Postgres

/// Tells both sides of prices that moved, where nobody did so on the day.
struct TellPriceMoves: Sendable {
    private let moves: [PriceMove]
    private let day: BusinessDay
    private let asset: Asset

    /// Nil where nothing moved.
    init?(_ moves: [PriceMove], _ situation: CheckoutSituation) {
        guard !moves.isEmpty else { return nil }
        self.moves = moves
        day = situation.clock.businessDay
        asset = situation.clock.asset
    }

    func run(in tx: borrowing Transaction, of retailer: RetailerID, in world: OutsideWorld) throws {
        let now = world.now()
        let events = try tx.firstSeen(moves.map { ($0, on: day) }, at: now, of: retailer).map { $0.event(asset) }
        try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: now)
    }
}
