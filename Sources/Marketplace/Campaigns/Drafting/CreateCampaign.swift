import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Tenancy

/// Somebody drafts a campaign: a supplier under one of its agreements, or the retailer for itself.
struct CreateCampaign: Sendable {
    let authority: CampaignAuthority
    let agreement: AgreementID?
    let terms: CampaignTerms

    enum Refusal: Kernel.Refusal {
        case unknownAgreement
        case agreementEnded

        var problem: Problem {
            switch self {
            case .unknownAgreement:
                .invalid([
                    FieldProblem(pointer: "/agreement_id", code: "unknown_agreement", detail: "There is no such agreement.")
                ])
            case .agreementEnded: Problem(409, "agreement_not_in_force", "The agreement does not carry campaigns.")
            }
        }
    }

    init(_ fields: Fields, by authority: CampaignAuthority, in asset: Asset) {
        self.authority = authority
        agreement = fields.idIfPresent("agreement_id")
        terms = CampaignTerms(fields, over: nil, in: asset)
        if authority.supplier != nil, agreement == nil { fields.refuse("agreement_id", "required", "Is required.") }
        if authority.supplier == nil, agreement != nil {
            fields.refuse("agreement_id", "not_yours", "The retailer's own campaigns have no agreement.")
        }
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Campaign {
        let (owner, fee) = try owner(in: tx)
        let now = author.world.now()
        let campaign = Campaign(
            id: author.world.newID(), retailer: authority.retailer, owner: owner, state: .draft, version: 1, terms: terms,
            fee: fee, revision: 1, createdBy: author.principal.person, editedBy: author.principal.person, createdAt: now,
            updatedAt: now)
        try tx.checkWallets(of: campaign)
        try tx.insert(campaign, by: author.principal)
        try tx.audit(author, "campaign.created", about: EventSubject(campaign.id), after: CampaignSummary(campaign: campaign))
        return campaign
    }

    private func owner(in tx: borrowing Transaction) throws -> (CampaignOwner?, fee: BasisPoints) {
        guard let supplier = authority.supplier, let agreement else { return (nil, BasisPoints(stored: 0)) }
        guard let found = try tx.agreement(agreement, of: authority.retailer, supplier: supplier) else {
            throw Refusal.unknownAgreement
        }
        guard found.state != .ended, found.state != .draft else { throw Refusal.agreementEnded }
        return (CampaignOwner(supplier: supplier, agreement: agreement), found.fee)
    }
}
