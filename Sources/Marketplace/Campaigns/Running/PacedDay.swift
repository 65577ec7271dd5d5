import JSONText
import Kernel
import Postgres

/// How a campaign that may spend only so much a day stands on one business day; minor units, discounts and fee together.
struct PacedDay: Sendable, Hashable {
    let businessDay: BusinessDay
    let spent: Int64
    /// Kept by quotes.
    let reserved: Int64
    /// What it may spend on this day in all.
    let allowance: Int64

    var left: Int64 { max(0, allowance - spent - reserved) }

    init(businessDay: BusinessDay, spent: Int64, reserved: Int64, allowance: Int64) {
        self.businessDay = businessDay
        self.spent = spent
        self.reserved = reserved
        self.allowance = allowance
    }

    func write(to json: inout JSONWriter, in asset: Asset) {
        let money = { (minor: Int64) in Money(minor: minor, asset: asset) }
        json.object { json in
            json.field("business_day", businessDay)
            json.field("allowance", money(allowance))
            json.field("spent", money(spent))
            json.field("reserved", money(reserved))
            json.field("left", money(left))
        }
    }
}

extension Transaction {
    /// Nil where no day of the campaign is bounded. Days after `day` count where they have begun in other zones. `available`:
    /// what its accounts can still pay. Index: the primary key.
    func pacedDay(_ day: BusinessDay, of campaign: Campaign, available: Int64) throws -> PacedDay? {
        guard let pacing = campaign.terms.pacing, pacing.boundsDays else { return nil }
        let days = try query(
            """
            SELECT period::date, used, held
            FROM limit_counter
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND counter = 'amount_per_day'
                AND subject = '' AND period >= \("\(day)")
            """
        ) { row in (day: try row.next(BusinessDay.self), used: try row.next(Int64.self), held: try row.next(Int64.self)) }
        let own = days.first { $0.day == day }
        let pace = EvenPace(
            availableMinor: available, takenByDay: Dictionary(days.map { ($0.day, $0.used + $0.held) }) { first, _ in first },
            lastDay: campaign.terms.lastDay)
        let even = pacing.isEven ? pace.allowance(on: day) : .max
        return PacedDay(
            businessDay: day, spent: own?.used ?? 0, reserved: own?.held ?? 0, allowance: min(even, pacing.perDayMinor ?? .max))
    }
}
