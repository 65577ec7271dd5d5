import Bitmaps
import Campaigns
import EventLog
import Kernel
import Parties
import Postgres
import Profiles

/// What one look at PostgreSQL found: all of one moment.
struct OfferLook: Sendable {
    let retailer: Retailer
    let policy: Policy
    /// The retailer's business day.
    let today: BusinessDay
    let position: ProfilePosition
    let facts: OfferFacts
    /// Those whose revision is new.
    let campaigns: [RunningCampaign]
    /// The former ones where no grant is new.
    let lists: PromiseLists
    let people: People
    /// Prices, names or categories are others.
    let hasNewGoods: Bool

    enum People: Sendable {
        case all(OfferPeople)
        case some(PeopleRead, counted: [UInt32])
    }
}

extension Transaction {
    /// What changed since a snapshot; nil where that is no longer known.
    func offerLook(after former: OfferSnapshot, at position: ProfilePosition, now: Instant) throws -> OfferLook? {
        let id = former.stage.retailer.id
        guard let (changes, position) = try profileChanges(ProfileSource.ofOffers, of: id, since: position),
            let retailer = try retailer(id)
        else { return nil }
        let policy = try policy(of: id)
        guard policy.personalOffersDefault == former.stage.policy.personalOffersDefault,
            former.people.moved.count + changes.people.count <= OfferBounds.movedCardsMax
        else { return nil }
        let today = try profileMoment(of: id, at: now).today
        let facts = try offerFacts(of: id, since: today.adding(days: -1))
        let people = try offerPeople(changes.people, of: id, personalOffersDefault: policy.personalOffersDefault)
        return OfferLook(
            retailer: retailer, policy: policy, today: today, position: position, facts: facts,
            campaigns: try runningCampaigns(among: facts.news(since: former.stage.revisions), of: id),
            lists: try promiseLists(of: facts, after: former.stage.lists, at: id),
            people: .some(people, counted: changes.limits.map { UInt32($0) }),
            hasNewGoods: changes.prices || changes.categories || !changes.products.isEmpty)
    }

    /// Everything there is; nil where there is no such retailer.
    func offerLook(of id: RetailerID, now: Instant) throws -> OfferLook? {
        guard let retailer = try retailer(id) else { return nil }
        let (position, policy) = (try profilePosition(), try policy(of: id))
        let today = try profileMoment(of: id, at: now).today
        let facts = try offerFacts(of: id, since: today.adding(days: -1))
        return OfferLook(
            retailer: retailer, policy: policy, today: today, position: position, facts: facts,
            campaigns: try runningCampaigns(of: id), lists: try promiseLists(of: facts, after: nil, at: id),
            people: .all(try offerPeople(of: id, personalOffersDefault: policy.personalOffersDefault)), hasNewGoods: true)
    }
}

extension Transaction {
    /// Lists of the grants in force. A few that are new stay beside the former lists; many, as at the start of a period, are
    /// made lists of together with the rest.
    private func promiseLists(
        of facts: OfferFacts, after former: PromiseLists?, at retailer: RetailerID
    ) throws -> PromiseLists {
        guard facts.grants.count <= OfferBounds.grantsMax else { throw OffersTooLarge(bytes: 0) }
        if let former {
            let known = Set(former.grants)
            let fresh = facts.grants.keys.filter { !known.contains($0) }
            if former.laterCount + fresh.count <= OfferBounds.laterGrantsMax {
                return former.adding(try granted(fresh, of: retailer))
            }
        }
        return PromiseLists(try granted(Array(facts.grants.keys), of: retailer))
    }
}

extension OfferFacts {
    /// The campaigns that are not as they were.
    fileprivate func news(since former: [CampaignID: Int64]) -> [CampaignID] {
        revisions.filter { former[$0.key] != $0.value }.map(\.key)
    }
}

extension OfferLook {
    /// What the look makes of a snapshot, or of nothing. `standings` are asked for once it is known which campaigns run.
    func stage(after former: OfferStage?) -> OfferStage {
        guard let former else { return stage(campaigns) }
        let isSame =
            retailer == former.retailer && policy == former.policy && facts.revisions == former.revisions
            && facts.grants == former.grants && lists === former.lists
        if isSame { return hasNewGoods ? former.again() : former }
        let fresh = Set(campaigns.map(\.id))
        let kept = former.campaigns.filter { !fresh.contains($0.id) && facts.revisions[$0.id] != nil }
        return stage(kept + campaigns)
    }

    private func stage(_ campaigns: [RunningCampaign]) -> OfferStage {
        OfferStage(
            retailer: retailer, policy: policy, campaigns: campaigns, revisions: facts.revisions, grants: facts.grants,
            lists: lists)
    }

    func people(after former: OfferPeople?) -> OfferPeople? {
        switch people {
        case .all(let people): people
        case .some(let read, let counted): former?.with(read, counted: counted)
        }
    }

    /// Those of whom something is counted that was not, or differently.
    var recounted: [UInt32] {
        switch people {
        case .all: []
        case .some(let read, let counted): read.keys + counted
        }
    }
}
