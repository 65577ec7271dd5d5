import Campaigns
import Kernel
import Postgres

extension Transaction {
    /// Remembers moves; those that were not seen before on their day, each once.
    func firstSeen(
        _ seen: [(move: PriceMove, on: BusinessDay)], at now: Instant, of retailer: RetailerID
    ) throws -> [PriceMove] {
        guard !seen.isEmpty else { return [] }
        var known: Set<MoveOfDay> = []
        let moves = seen.filter { known.insert(MoveOfDay($0.move, on: $0.on)).inserted }
        let new = try query(
            """
            INSERT INTO price_move (retailer_id, campaign_id, product_ordinal, business_day, base_amount, seen_at)
            SELECT \(retailer), move.campaign_id, move.product_ordinal, move.business_day, move.base_amount, \(now)
            FROM unnest(
                \(moves.map(\.move.campaign.id)), \(moves.map(\.move.product)), \(moves.map(\.on)),
                \(moves.map(\.move.baseMinor))
            ) AS move (campaign_id, product_ordinal, business_day, base_amount)
            ORDER BY move.campaign_id, move.product_ordinal, move.business_day
            ON CONFLICT DO NOTHING
            RETURNING campaign_id, product_ordinal, business_day
            """
        ) { row in MoveOfDay(campaign: try row.next(), product: try row.next(), day: try row.next()) }
        let first = Set(new)
        return moves.filter { first.contains(MoveOfDay($0.move, on: $0.on)) }.map(\.move)
    }

    /// Those of these moves of which nobody has been told on the day.
    func unseen(_ moves: [PriceMove], on day: BusinessDay, of retailer: RetailerID) throws -> [PriceMove] {
        guard !moves.isEmpty else { return [] }
        let known = try query(
            """
            SELECT campaign_id, product_ordinal
            FROM price_move
            WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(moves.map(\.campaign.id))) AND business_day = \(day)
            """
        ) { row in MoveOfDay(campaign: try row.next(), product: try row.next(), day: day) }
        return moves.filter { !known.contains(MoveOfDay($0, on: day)) }
    }
}

private struct MoveOfDay: Hashable {
    let campaign: CampaignID
    let product: Int32
    let day: BusinessDay
}

extension MoveOfDay {
    init(_ move: PriceMove, on day: BusinessDay) {
        self.init(campaign: move.campaign.id, product: move.product, day: day)
    }
}
