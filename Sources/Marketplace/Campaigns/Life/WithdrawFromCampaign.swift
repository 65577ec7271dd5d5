import EventLog
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres

/// The retailer's approver takes one product or one store out of a campaign, at once and with a reason.
struct WithdrawFromCampaign: Sendable {
    enum Subject: Sendable, Hashable {
        case product(ExternalID)
        case store(ExternalID)
    }

    let authority: CampaignAuthority
    let id: CampaignID
    let subject: Subject
    let reason: String

    init(_ fields: Fields, _ subject: Subject, from id: CampaignID, by authority: CampaignAuthority) {
        self.authority = authority
        self.id = id
        self.subject = subject
        reason = fields.string("reason", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Campaign {
        guard let before = try tx.lockCampaign(id, of: authority.retailer) else { throw Problem.notFound("campaign") }
        guard before.state.canLose else { throw WrongState(action: .edit, state: before.state) }
        let now = author.world.now()
        guard try tx.withdraw(subject, from: before, because: reason, at: now) else {
            throw Problem.notFound(subject.word)
        }
        let after = before.changed(at: now) { _ in }
        try tx.update(after)
        try tx.audit(
            author, subject.eventType, about: EventSubject(id), reason: reason, before: CampaignSummary(campaign: before),
            after: CampaignSummary(campaign: after))
        try tx.append(after.withdrawn(subject, because: reason), to: authority.retailer, in: author.world)
        return after
    }
}

extension Campaign {
    func withdrawn(_ subject: WithdrawFromCampaign.Subject, because reason: String) -> Event {
        event(subject.eventType) { json in
            switch subject {
            case .product(let id): json.field("product_id", id)
            case .store(let id): json.field("store_id", id)
            }
            json.field("reason", reason)
        }
    }
}

extension CampaignState {
    /// Whether what it names still matters to somebody.
    fileprivate var canLose: Bool {
        switch self {
        case .submitted, .approved, .scheduled, .running, .paused: true
        default: false
        }
    }
}

extension WithdrawFromCampaign.Subject {
    var word: String {
        switch self {
        case .product: "product"
        case .store: "store"
        }
    }

    var eventType: StaticString {
        switch self {
        case .product: "campaign.product_withdrawn"
        case .store: "campaign.store_withdrawn"
        }
    }
}

extension Transaction {
    /// True where it took part until now. A product goes from each version that is in force or will be; the stores of a campaign
    /// are those of its last one.
    fileprivate func withdraw(
        _ subject: WithdrawFromCampaign.Subject, from campaign: Campaign, because reason: String, at now: Instant
    ) throws -> Bool {
        switch subject {
        case .product(let id):
            try execute(
                """
                UPDATE campaign_product
                SET withdrawn_at = \(now), withdrawn_reason = \(reason)
                WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
                    AND version BETWEEN \(campaign.firstVersionInForce) AND \(campaign.version) AND product_id = \(id)
                    AND withdrawn_at IS NULL
                """) > 0
        case .store(let id):
            try nameStores(of: campaign)
                && execute(
                    """
                    UPDATE campaign_store
                    SET withdrawn_at = \(now), withdrawn_reason = \(reason)
                    WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
                        AND version = \(campaign.version) AND store_id = \(id) AND withdrawn_at IS NULL
                    """) == 1
        }
    }

    /// A campaign of all stores names them from the first withdrawal on.
    private func nameStores(of campaign: Campaign) throws -> Bool {
        try execute(
            """
            INSERT INTO campaign_store (retailer_id, campaign_id, supplier_id, version, store_id, store_ordinal)
            SELECT \(campaign.retailer), \(campaign.id), \(campaign.supplier), \(campaign.version), store_id, ordinal
            FROM store
            WHERE retailer_id = \(campaign.retailer) AND NOT EXISTS (
                SELECT FROM campaign_store AS named
                WHERE named.retailer_id = \(campaign.retailer) AND named.campaign_id = \(campaign.id)
                    AND named.version = \(campaign.version)
            )
            """)
        return true
    }
}
