import Campaigns
import Kernel
import Postgres

/// What limits leave, as the deciding transaction found them and as its requests have changed them since.
struct CountersLeft: Sendable {
    /// Units, or minor units, of each limit that binds one of the requests, maybe less than nothing.
    private var leftByLimit: [LimitKey: Int64]
    /// Minor units spent and kept by campaigns with an even pace, by business day: none before the first day asked about.
    private var takenByDay: [CampaignID: [BusinessDay: Int64]]

    init(_ leftByLimit: [LimitKey: Int64], takenByDay: [CampaignID: [BusinessDay: Int64]] = [:]) {
        self.leftByLimit = leftByLimit
        self.takenByDay = takenByDay
    }

    /// Nil where it does not bind.
    func left(of key: LimitKey) -> Int64? { leftByLimit[key] }

    /// The pace of a campaign whose accounts can still pay so much, holds taken off.
    func pace(of campaign: RunningCampaign, available: Int64) -> EvenPace {
        EvenPace(availableMinor: available, takenByDay: takenByDay[campaign.id] ?? [:], lastDay: campaign.lastDay)
    }

    /// Takes from what a limit leaves, or gives back where `amount` is below zero.
    mutating func take(_ amount: Int64, of key: LimitKey) {
        leftByLimit[key]? -= amount
        guard key.counter == .day, takenByDay[key.campaign] != nil, let day = BusinessDay(key.period) else { return }
        takenByDay[key.campaign]?[day, default: 0] += amount
    }
}

extension Transaction {
    /// What is left of the limits that bind these baskets. Read under the locks of the campaigns' accounts, or for a decision
    /// that keeps nothing.
    func countersLeft(to situations: [CheckoutSituation], at retailer: RetailerID) throws -> CountersLeft {
        CountersLeft(
            try limitBalances(of: situations.flatMap(\.limits), at: retailer),
            takenByDay: try takenByDay(situations, at: retailer))
    }

    /// What campaigns with an even pace have spent and kept from the first of the baskets' days on. Asks nothing where there is
    /// none. Index: the primary key.
    private func takenByDay(
        _ situations: [CheckoutSituation], at retailer: RetailerID
    ) throws -> [CampaignID: [BusinessDay: Int64]] {
        var since: [CampaignID: BusinessDay] = [:]
        for situation in situations {
            for campaign in situation.campaigns where campaign.pacing?.isEven == true {
                since[campaign.id] = min(since[campaign.id] ?? situation.basket.businessDay, situation.basket.businessDay)
            }
        }
        guard !since.isEmpty else { return [:] }
        let wanted = since.sorted { $0.key < $1.key }
        let found = try query(
            """
            SELECT wanted.campaign_id, day.period::date, day.taken
            FROM unnest(\(wanted.map(\.key)), \(wanted.map { "\($0.value)" })) AS wanted (campaign_id, since)
            CROSS JOIN LATERAL (
                SELECT period, used + held AS taken
                FROM limit_counter
                WHERE limit_counter.retailer_id = \(retailer) AND limit_counter.campaign_id = wanted.campaign_id
                    AND limit_counter.counter = 'amount_per_day' AND limit_counter.subject = ''
                    AND limit_counter.period >= wanted.since
                ORDER BY period
                LIMIT \(pacedDaysMax)
            ) AS day
            """
        ) { row in (campaign: try row.next(CampaignID.self), day: try row.next(BusinessDay.self), taken: try row.next(Int64.self))
        }
        return found.reduce(into: since.mapValues { _ in [:] }) { $0[$1.campaign, default: [:]][$1.day] = $1.taken }
    }
}

/// Business days of one campaign that are read at most: its longest period, and a day for each zone's edge.
private let pacedDaysMax = Int(CampaignTerms.daysMax) + 2
