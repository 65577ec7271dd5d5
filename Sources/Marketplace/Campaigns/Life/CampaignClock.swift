package import Kernel
import Parties
package import Postgres
import Profiles
import Tenancy

/// Moves campaigns whose time has come: lets approvals lapse, starts, ends, settles and closes them, and pauses those
/// whose agreement does not carry them any more, or whose budget is used up. Each step is its own transaction and looks again
/// under the lock, so any number of nodes may run it. One that fails keeps no other from its step: what failed is thrown when
/// all have had their turn.
package struct CampaignClock: Sendable {
    private let database: Database
    private let world: OutsideWorld
    private let cheapest = CheapestUnits()

    package init(_ database: Database, _ world: OutsideWorld) {
        self.database = database
        self.world = world
    }

    /// All retailers, at a moment. Returns the number of steps taken.
    @discardableResult
    package func advance(_ now: Instant) async throws -> Int {
        var steps = 0
        try await database.forEachRetailer { steps += try await advance(now, at: $0) }
        return steps
    }

    /// One retailer's campaigns. What one step makes due, the next takes: an ended campaign settles at once.
    @discardableResult
    package func advance(_ now: Instant, at retailer: RetailerID) async throws -> Int {
        var (steps, faults) = (0, TurnFaults())
        var failed: Set<CampaignID> = []
        while true {
            let due = try await database.read(as: .retailer(retailer)) { tx in
                try tx.dueCampaigns(of: retailer, at: now, known: cheapest)
            }
            var taken = 0
            for id in due where !failed.contains(id) {
                let isWell = try await faults.collect(of: id) { if try await advance(id, at: retailer, now) { taken += 1 } }
                if !isWell { failed.insert(id) }
            }
            steps += taken
            if taken == 0 { break }
        }
        try faults.check()
        return steps
    }

    private func advance(_ id: CampaignID, at retailer: RetailerID, _ now: Instant) async throws -> Bool {
        let author = author(at: retailer, now)
        return try await database.transaction(as: .retailer(retailer)) { tx in
            try AdvanceCampaign(retailer: retailer, id: id).run(in: tx, by: author)
        }
    }

    /// The service itself, by no key.
    private func author(at retailer: RetailerID, _ now: Instant) -> Author {
        Author(
            principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
            scope: .retailer(retailer), requestID: "campaign-clock", world: world.by { now })
    }
}

extension Transaction {
    /// Campaigns for which something is due, by id.
    fileprivate func dueCampaigns(of retailer: RetailerID, at now: Instant, known: CheapestUnits) throws -> [CampaignID] {
        let open = try openCampaigns(of: retailer)
        guard !open.isEmpty else { return [] }
        let spans = try spans(of: open.map(\.id), at: retailer)
        let today = try profileMoment(of: retailer, at: now).today
        var agreements: [AgreementID: Agreement] = [:]
        for id in Set(open.compactMap(\.agreement)) { agreements[id] = try agreement(id, of: retailer) }
        let money = try moneyStates(of: open, on: today, at: retailer, known: known)
        return open.compactMap { campaign in
            guard let span = spans[campaign.id] else { return nil }
            let carries = campaign.agreement.map { agreements[$0]?.carries(on: today) ?? false } ?? true
            let due = CampaignDue(
                campaign, span, agreementCarries: carries, money: money[campaign.id] ?? .enough, at: now)
            return due == nil ? nil : campaign.id
        }
    }

    /// Those whom time may still move. Index: `campaign_in_force` holds most of them.
    private func openCampaigns(of retailer: RetailerID) throws -> [Campaign] {
        let states: [CampaignState] = [.approved, .scheduled, .running, .paused, .ended, .settling]
        return try states.flatMap { try campaigns(of: retailer, supplier: nil, state: $0, after: nil, limit: 10_000) }
    }
}

extension Agreement {
    /// Whether its campaigns may run on a day.
    func carries(on day: BusinessDay) -> Bool { state == .active && day <= terms.endsOn }
}
