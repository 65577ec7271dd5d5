import Campaigns
import EventLog
import Kernel
import Parties
import Postgres
import Profiles
import Shoppers

/// Takes down what an app tells. A batch that is posted again changes nothing: what a shopper saw or opened counts where it is later
/// than the last that counted, and an activation stands once.
///
/// Lock order: cards by id, activations, what is known of shoppers and campaigns by campaign and key, days of campaigns.
struct RecordOfferEvents: Sendable {
    /// Apps that were offline tell late.
    static let daysMax: Int64 = 30
    /// Clocks of phones are not exact.
    static let secondsAhead: Int64 = 300

    let retailer: RetailerID
    let batch: OfferEventBatch

    struct Outcome: Sendable {
        let answer: OfferEventAnswer
        /// Those who activated something that they had not before.
        let activatedBy: [UInt32]
    }

    /// An event of a shopper and a campaign that there are.
    private struct Known {
        let index: Int
        let event: OfferEvent
        let shopper: ShopperKey
    }

    func run(in tx: borrowing Transaction, at now: Instant) throws -> Outcome {
        var answer = OfferEventAnswer()
        let known = try known(in: tx, at: now, &answer)
        let activations = try activate(known.filter { $0.event.kind == .activation }, in: tx, at: now, &answer)
        let seen = known.filter { $0.event.kind != .activation }
        let looks = try tx.countLooks(
            seen.map { OfferLookedAt(kind: $0.event.kind, campaign: $0.event.campaign, shopper: $0.shopper, at: $0.event.at) },
            at: retailer)
        answer.repeated += seen.count - looks.count
        answer.counted += looks.count + activations.count
        let activated = activations.map { CountedEvent(kind: .activation, campaign: $0.campaign, at: now, isFirst: false) }
        try tx.addReach(looks + activated, turn: known.first?.shopper ?? 0, of: retailer)
        return Outcome(answer: answer, activatedBy: activations.map { UInt32($0.shopper) })
    }

    /// Refuses what is of nobody, of no campaign or of no time that can be.
    private func known(in tx: borrowing Transaction, at now: Instant, _ answer: inout OfferEventAnswer) throws -> [Known] {
        let cards = try tx.keptCards(for: Set(batch.events.map(\.shopper)).sorted(), of: retailer)
        let campaigns = try tx.tellable(among: Set(batch.events.map(\.campaign)).sorted(), at: now, of: retailer)
        let consents = try tx.offerConsents(of: Set(cards.values.map(\.shopper)).sorted(), at: retailer)
        let (oldest, latest) = (now.adding(seconds: -Self.daysMax * 86_400), now.adding(seconds: Self.secondsAhead))
        var known: [Known] = []
        for (index, event) in batch.events.enumerated() {
            let refusal: OfferEventRefusal?
            let shopper = cards[event.shopper]?.shopper
            if shopper == nil {
                refusal = .unknownShopper
            } else if !campaigns.contains(event.campaign) {
                refusal = .unknownCampaign
            } else if event.kind == .activation {
                // It holds from now on, whatever the phone's clock says.
                refusal = nil
            } else if event.at < oldest {
                refusal = .tooOld
            } else if event.at > latest {
                refusal = .inFuture
            } else if !(shopper.flatMap { consents[$0] }?.allows(at: nil) ?? false) {
                refusal = .noPersonalOffers
            } else {
                refusal = nil
            }
            if let refusal {
                answer.refused.append((index, refusal))
            } else if let shopper {
                known.append(Known(index: index, event: event, shopper: shopper))
            }
        }
        return known
    }

    /// Writes and tells those that are new. A campaign is activated while it runs, by whom it is promised to or where it is for
    /// everyone. In a store the business day may be another than the retailer's, so that of yesterday counts too; the till
    /// judges by its own.
    private func activate(
        _ wanted: [Known], in tx: borrowing Transaction, at now: Instant, _ answer: inout OfferEventAnswer
    ) throws -> [ActivatedOffer] {
        guard !wanted.isEmpty else { return [] }
        let today = try tx.profileMoment(of: retailer, at: now).today
        let running = try tx.runningCampaigns(among: Set(wanted.map(\.event.campaign)).sorted(), of: retailer)
        let campaigns = Dictionary(running.map { ($0.id, $0.asOf(today)) }) { first, _ in first }
        let questions = [today, today.adding(days: -1)].flatMap { day in
            wanted.map { PromiseQuestion(shopper: $0.shopper, day: day, moment: nil) }
        }
        let promises = try tx.promised(to: questions, among: campaigns.keys.sorted(), of: retailer)
        var allowed: [ActivatedOffer] = []
        for (place, one) in wanted.enumerated() {
            guard let campaign = campaigns[one.event.campaign], campaign.state == .running else {
                answer.refused.append((one.index, .notRunning))
                continue
            }
            guard campaign.needsActivation else {
                answer.refused.append((one.index, .needsNoActivation))
                continue
            }
            guard
                campaign.isForEveryone
                    || promises[place].campaigns.union(promises[wanted.count + place].campaigns).contains(campaign.id)
            else {
                answer.refused.append((one.index, .notPromised))
                continue
            }
            allowed.append(ActivatedOffer(campaign: campaign.id, shopper: one.shopper))
        }
        let fresh = try tx.insert(Set(allowed).sorted(), at: now, of: retailer)
        answer.repeated += allowed.count - fresh.count
        return fresh
    }
}
