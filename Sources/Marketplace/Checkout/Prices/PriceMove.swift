import Campaigns
import EventLog
import JSONText
import Kernel
import Offers
import Parties
import Postgres

/// A till's price at which a campaign's discount is more than `discount_max_per_unit`: a percentage or an amount is capped, a
/// fixed price withheld (DOMAIN 2). Both sides are told, once for a campaign, product and business day.
struct PriceMove: Sendable {
    let campaign: RunningCampaign
    let product: Int32
    let productID: ExternalID
    let terms: CampaignProductTerms
    /// Of one unit: a piece, a kilogram, a litre, a metre.
    let baseMinor: Int64

    var isWithheld: Bool { if case .fixedPrice = campaign.reward.nearest { true } else { false } }

    func event(_ asset: Asset) -> Event {
        var event = Event(
            "campaign.price_moved", about: EventSubject(campaign.id), suppliers: campaign.supplier.map { [$0] } ?? []
        ) { json in
            json.field("campaign_id", campaign.id)
            json.field("supplier_id", campaign.supplier)
            json.field("agreement_id", campaign.agreement.map { TypedID<AgreementReferenceKind>($0) })
            json.field("name", campaign.name)
            json.field("state", word: campaign.state)
            json.field("version", campaign.version)
            json.field("product_id", productID)
            json.field("recorded_base", terms.recordedBaseMinor.map { Money(minor: $0, asset: asset) })
            json.field("base", Money(minor: baseMinor, asset: asset))
            json.field("discount_max_per_unit", Money(minor: terms.discountMaxPerUnitMinor, asset: asset))
            json.field("is_withheld", isWithheld)
        }
        event.campaign = campaign.id.value
        return event
    }
}

enum AgreementReferenceKind: IDKind { static let prefix = "agreement" }

extension CheckoutSituation {
    /// The moved prices of the basket, under campaigns that run and speak to it. Each product once, at its first line.
    var priceMoves: [PriceMove] {
        let firsts = Dictionary(
            basket.lines.filter { !$0.isClosed && $0.units > 0 }.map { ($0.product, $0) }
        ) { first, _ in first }
        return campaigns.filter { $0.state == .running && $0.reasonAgainst(basket) == nil }.flatMap { campaign in
            campaign.touched(of: firsts).sorted { $0.lineNo < $1.lineNo }.compactMap { line -> PriceMove? in
                guard let terms = campaign.products[line.product], let id = products[line.product] else { return nil }
                let part = PricedPart(of: line, units: line.units)
                let wanted = campaign.reward.discount(on: part, priceStep: policy.priceStepMinor)
                guard wanted > part.scaled(terms.discountMaxPerUnitMinor) else { return nil }
                let base = Int64(Int128(part.baseMinor) * 1000 / Int128(part.quantityMilli))
                return PriceMove(campaign: campaign, product: line.product, productID: id, terms: terms, baseMinor: base)
            }
        }
    }
}

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
