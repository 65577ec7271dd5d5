import Bitmaps
package import Campaigns
package import Kernel
package import Postgres
package import Shoppers

/// A sale or a quote of which is asked what is promised to its shopper.
package struct PromiseQuestion: Sendable, Hashable {
    package let shopper: ShopperKey
    package let day: BusinessDay
    /// When it was made: a promise counts that was in force then, though it was taken back since. Nil: now.
    package let moment: Instant?

    package init(shopper: ShopperKey, day: BusinessDay, moment: Instant?) {
        self.shopper = shopper
        self.day = day
        self.moment = moment
    }
}

/// The campaigns that are promised to a shopper, each with the depth of the promise: 0 where it has but one. Of two promises of one
/// campaign, as two cards that were merged may have, the deeper counts.
package struct PromisesHeld: Sendable, Hashable {
    package private(set) var depthsBP: [CampaignID: Int32]

    package init(_ depthsBP: [CampaignID: Int32] = [:]) { self.depthsBP = depthsBP }

    package var campaigns: Set<CampaignID> { Set(depthsBP.keys) }

    mutating func add(_ campaign: CampaignID, atDepth depth: Int32) {
        depthsBP[campaign] = max(depth, depthsBP[campaign] ?? depth)
    }
}

extension Transaction {
    /// Which of these campaigns are promised to the shopper of each of several baskets; three statements for all. A grant
    /// counts that covers the basket's day and is in force, or was when a sale that is told of late was made.
    /// Index: the primary key of grants.
    package func promised(
        to questions: [PromiseQuestion], among campaigns: [CampaignID], of retailer: RetailerID
    ) throws -> [PromisesHeld] {
        guard !questions.isEmpty, !campaigns.isEmpty else { return questions.map { _ in PromisesHeld() } }
        let shoppers = Set(questions.map(\.shopper)).sorted()
        let consents = try offerConsents(of: shoppers, at: retailer)
        let former = try formerKeys(of: shoppers, at: retailer)
        let grants = try grants(of: campaigns, over: questions.map(\.day), at: retailer)
        return questions.map { question in
            guard consents[question.shopper]?.allows(at: question.moment) ?? false else { return PromisesHeld() }
            let keys = [question.shopper] + (former[question.shopper] ?? [])
            return grants.reduce(into: PromisesHeld()) { held, grant in
                if grant.covers(question), grant.names(keys) { held.add(grant.campaign, atDepth: grant.depthBP) }
            }
        }
    }

    /// Consents as they stand now, and since when.
    func offerConsents(
        of shoppers: [ShopperKey], at retailer: RetailerID
    ) throws -> [ShopperKey: OfferConsent] {
        let found = try query(
            """
            SELECT shopper.shopper_key, shopper.erased_at IS NOT NULL,
                COALESCE(shopper.personal_offers, policy.personal_offers_default), shopper.flags_changed_at
            FROM shopper
            JOIN policy ON policy.retailer_id = shopper.retailer_id
            WHERE shopper.retailer_id = \(retailer) AND shopper.shopper_key = ANY (\(shoppers))
            """
        ) { row in
            (
                try row.next(ShopperKey.self),
                OfferConsent(isErased: try row.next(), isGiven: try row.next(), changedAt: try row.nextOptional())
            )
        }
        return Dictionary(found) { first, _ in first }
    }

    private func grants(
        of campaigns: [CampaignID], over days: [BusinessDay], at retailer: RetailerID
    ) throws -> [BasketGrant] {
        try query(
            """
            SELECT campaign_id, depth_bp, period_starts_on, period_ends_on, state = 'in_force', withdrawn_at, members
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(campaigns)) AND period_ends_on >= \(days.min())
                AND period_starts_on <= \(days.max())
            """
        ) { row in
            BasketGrant(
                campaign: try row.next(), depthBP: try row.next(), startsOn: try row.next(), endsOn: try row.next(),
                isInForce: try row.next(), withdrawnAt: try row.nextOptional(),
                members: try KeySet(portable: try row.next(Bytes.self).array))
        }
    }
}

/// Whether offers may be chosen for a shopper by what they buy, as the flag and the policy say now.
struct OfferConsent {
    let isErased: Bool
    let isGiven: Bool
    let changedAt: Instant?

    /// A sale that was made before the flags changed is judged by what was promised then.
    func allows(at moment: Instant?) -> Bool {
        guard !isErased, let moment, let changedAt else { return !isErased && isGiven }
        return isGiven || changedAt > moment
    }
}

private struct BasketGrant {
    let campaign: CampaignID
    let depthBP: Int32
    let startsOn: BusinessDay
    let endsOn: BusinessDay
    let isInForce: Bool
    let withdrawnAt: Instant?
    let members: KeySet

    func covers(_ question: PromiseQuestion) -> Bool {
        startsOn <= question.day && question.day <= endsOn
            && (isInForce || wasInForce(at: question.moment))
    }

    private func wasInForce(at moment: Instant?) -> Bool {
        guard let moment, let withdrawnAt else { return false }
        return withdrawnAt > moment
    }

    func names(_ keys: [ShopperKey]) -> Bool { keys.contains { members.contains(UInt32($0)) } }
}
