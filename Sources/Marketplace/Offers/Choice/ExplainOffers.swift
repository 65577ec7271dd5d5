import Bitmaps
import Campaigns
import HTTPSupport
import Kernel
import Parties
import Postgres
import Profiles
import Shoppers

/// Why a shopper has the offers of the period that runs, and not the others: each campaign whose audience holds the shopper,
/// worked out anew as it was decided. Nothing is changed. As many statements as the retailer runs campaigns.
///
/// What was known then may have changed since (a late receipt, a flag, a limit): what is promised is said as it stands, and of
/// the shoppers of the sample what was logged stands beside it.
struct ExplainOffers: Sendable {
    let retailer: RetailerID
    let shopper: ExternalID

    func run(in tx: borrowing Transaction, at now: Instant) throws -> ExplainedOffers {
        guard let key = try tx.shopperKeys(for: [shopper], of: retailer, creating: false, at: now)[shopper] else {
            throw Problem.notFound("shopper")
        }
        try tx.prepareForProfiles()
        let keys = try [key] + tx.formerKeys(of: key, at: retailer)
        let policy = try tx.policy(of: retailer)
        let today = try tx.profileMoment(of: retailer, at: now).today
        let period = GrantPeriod(policy.offerPeriod, containing: today)
        let promises = try tx.promisesMade(to: keys, on: today, of: retailer)
        let plan = { (day: BusinessDay, due: [CampaignID], before: Instant?) in
            RoundPlan(
                retailer: retailer, period: period, today: day, policy: policy, due: Set(due), madeBefore: before, keys: keys,
                watched: KeySet([UInt32(key)]))
        }
        var offers: [ExplainedOffer] = []
        let bar = try tx.shopperBar(key, of: retailer)
        for (madeAt, made) in Dictionary(grouping: promises, by: \.madeAt).sorted(by: { $0.key < $1.key }) {
            let day = try tx.profileMoment(of: retailer, at: madeAt).today
            // A campaign has a grant for each of its depths: one of them may name the shopper.
            let held = Dictionary(made.map { ($0.campaign, $0) }) { $1.isPromised ? $1 : $0 }
            offers += try judged(UInt32(key), plan(day, held.keys.sorted(), madeAt), in: tx).map { offer in
                let promise = held[offer.campaign].flatMap { $0.isPromised ? $0 : nil }
                return ExplainedOffer(
                    offer, verdict: offer.standing(promised: promise != nil, bar), madeAt: madeAt,
                    depthBP: promise.flatMap { $0.depthBP > 0 ? $0.depthBP : nil }, withdrawn: promise?.withdrawn)
            }
        }
        let decided = Set(promises.map(\.campaign))
        let open = try tx.runningCampaigns(of: retailer).map { $0.asOf(today) }
            .filter { $0.state == .running && !$0.isForEveryone && !decided.contains($0.id) }
        if !open.isEmpty {
            offers += try judged(UInt32(key), plan(today, open.map(\.id), nil), in: tx).map { offer in
                let isOpen = offer.verdict == .chosen || OfferVerdict.relative.contains(offer.verdict)
                return ExplainedOffer(offer, verdict: bar ?? (isOpen ? .undecided : offer.verdict), madeAt: nil)
            }
        }
        return ExplainedOffers(
            shopper: shopper, period: period, model: RankingModel.prior.version,
            offers: Self.oneEach(offers).sorted(by: ExplainedOffer.precedes),
            logged: try tx.loggedDecision(of: key, on: today, at: retailer))
    }

    /// Of a campaign that was decided again for newcomers, what made the promise, else what came first.
    private static func oneEach(_ offers: [ExplainedOffer]) -> [ExplainedOffer] {
        Array(
            Dictionary(offers.map { ($0.campaign, $0) }) { first, next in next.verdict == .chosen ? next : first }.values)
    }

    private func judged(_ key: UInt32, _ plan: RoundPlan, in tx: borrowing Transaction) throws -> [NamedOffer] {
        let round = try tx.round(plan)
        let judge = OfferJudge(scorer: try tx.scorer(of: round, among: KeySet(plan.keys?.map { UInt32($0) } ?? [])))
        var (offers, habits) = ([JudgedOffer](), BuyingHabits(round.goods, today: round.today))
        try tx.eachHabit(of: [key], .keys([Int64(key)]), &habits, asOf: round.asOf, at: retailer) { key, habits, redeemed in
            offers = judge.offers(for: key, habits, redeemed)
        }
        let campaigns = Dictionary(round.campaigns.map { ($0.contender.campaign, $0) }) { first, _ in first }
        return offers.compactMap { offer in
            campaigns[offer.campaign].map { NamedOffer(offer: offer, entry: $0, model: round.model, asOf: round.asOf) }
        }
    }
}

/// A judged offer with what its reader wants to know of the campaign.
@dynamicMemberLookup struct NamedOffer: Sendable {
    let offer: JudgedOffer
    let entry: RoundCampaign
    let model: RankingModel
    /// The last day of which something was known.
    let asOf: BusinessDay

    subscript<Value>(dynamicMember member: KeyPath<JudgedOffer, Value>) -> Value { offer[keyPath: member] }

    /// What stands: a promise that was made stands, whatever would be decided now.
    func standing(promised: Bool, _ bar: OfferVerdict?) -> OfferVerdict {
        if promised { return .chosen }
        if let bar { return bar }
        return offer.verdict == .chosen ? .noSlot : offer.verdict
    }
}

extension OfferVerdict {
    /// Those that depend on the other campaigns.
    static let relative: Set<OfferVerdict> = [.competitor, .frequency, .noSlot]
}

/// A grant of the period that runs, for one shopper.
struct PromiseMade: Sendable {
    let campaign: CampaignID
    let madeAt: Instant
    /// 0 where the campaign is the same for everybody.
    let depthBP: Int32
    let isPromised: Bool
    /// Why it was taken back; nil while it is in force.
    let withdrawn: WithdrawalReason?
}

extension Transaction {
    /// The grants for a day, each with whether it names one of these keys.
    fileprivate func promisesMade(
        to keys: [ShopperKey], on day: BusinessDay, of retailer: RetailerID
    ) throws -> [PromiseMade] {
        try query(
            """
            SELECT campaign_id, granted_at, depth_bp, members, withdrawn_reason
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND period_ends_on >= \(day) AND period_starts_on <= \(day)
            ORDER BY campaign_id, depth_bp
            """
        ) { row in
            let (campaign, madeAt): (CampaignID, Instant) = (try row.next(), try row.next())
            let depth: Int32 = try row.next()
            let members = try KeySet(portable: try row.next(Bytes.self).array)
            return PromiseMade(
                campaign: campaign, madeAt: madeAt, depthBP: depth, isPromised: keys.contains { members.contains(UInt32($0)) },
                withdrawn: try row.nextOptional(String.self).flatMap(WithdrawalReason.init))
        }
    }

    /// Why nothing at all may be promised to a shopper; nil where something may.
    fileprivate func shopperBar(_ key: ShopperKey, of retailer: RetailerID) throws -> OfferVerdict? {
        let found = try first(
            """
            SELECT shopper.kind = 'person', COALESCE(shopper.personal_offers, policy.personal_offers_default)
            FROM shopper
            JOIN policy ON policy.retailer_id = shopper.retailer_id
            WHERE shopper.retailer_id = \(retailer) AND shopper.shopper_key = \(key)
            """
        ) { row in (isPerson: try row.next(Bool.self), consents: try row.next(Bool.self)) }
        guard let found else { return nil }
        return !found.consents ? .noConsent : found.isPerson ? nil : .notAPerson
    }

    /// What was logged of a shopper of the sample, by campaign; nil of others.
    fileprivate func loggedDecision(
        of key: ShopperKey, on day: BusinessDay, at retailer: RetailerID
    ) throws -> [CampaignID: LoggedOffer]? {
        let found = try query(
            """
            SELECT campaigns, models, scores, pacing, verdicts, shown_bp
            FROM offer_decision
            WHERE retailer_id = \(retailer) AND shopper_key = \(key) AND period_ends_on >= \(day) AND period_starts_on <= \(day)
            ORDER BY period_starts_on
            """
        ) { row in
            let (campaigns, models): ([CampaignID], [String]) = (try row.next(), try row.next())
            let (scores, pacing): ([Int32], [Int32]) = (try row.next(), try row.next())
            let (verdicts, shown): ([OfferVerdict], [Int32]) = (try row.next(), try row.next())
            let logged = campaigns.indices.map { index in
                LoggedOffer(
                    model: models[index], score: scores[index], pacing: pacing[index], verdict: verdicts[index],
                    shownBp: shown[index])
            }
            return Dictionary(zip(campaigns, logged)) { first, _ in first }
        }
        return found.isEmpty ? nil : found.reduce(into: [:]) { all, one in all.merge(one) { first, _ in first } }
    }
}
