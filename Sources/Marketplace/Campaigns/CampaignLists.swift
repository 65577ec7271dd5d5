import JSONText
import Kernel
import Postgres
import Tenancy

/// A product of a campaign as it was frozen.
struct FrozenProduct: Sendable, Hashable, JSONWritable {
    let id: ExternalID
    let recordedBase: Money?
    let discountMaxPerUnit: Money
    let withdrawnAt: Instant?
    let withdrawnReason: String?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", id)
            json.field("recorded_base_price", recordedBase)
            json.field("discount_max_per_unit", discountMaxPerUnit)
            json.field("withdrawn_at", withdrawnAt)
            json.field("withdrawn_reason", withdrawnReason)
        }
    }
}

/// What somebody decided on a version. The person is the retailer's own business: a supplier reads that one decided.
struct CampaignDecision: Sendable, Hashable, JSONWritable {
    let id: TypedID<DecisionKind>
    let version: Int64
    let verdict: CampaignVerdict
    let comment: String
    let decidedAt: Instant

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("version", version)
            json.field("decision", word: verdict)
            json.field("comment", comment)
            json.field("decided_at", decidedAt)
        }
    }
}

extension Transaction {
    /// The products of a version of a campaign, by id. Served by the primary key.
    func products(of campaign: Campaign, version: Int64, after id: ExternalID?, limit: Int) throws -> [FrozenProduct] {
        let asset = campaign.terms.budget.asset
        return try query(
            """
            SELECT product_id, recorded_base_amount, discount_max_per_unit, withdrawn_at, withdrawn_reason
            FROM campaign_product
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(version)
                AND (\(id)::text IS NULL OR product_id > \(id) COLLATE "C")
            ORDER BY product_id
            LIMIT \(limit)
            """
        ) { row in
            FrozenProduct(
                id: try row.next(), recordedBase: try row.nextOptional(Int64.self).map { Money(minor: $0, asset: asset) },
                discountMaxPerUnit: Money(minor: try row.next(), asset: asset), withdrawnAt: try row.nextOptional(),
                withdrawnReason: try row.nextOptional())
        }
    }

    /// The decisions on all versions of a campaign, oldest first.
    func decisions(on campaign: Campaign, after id: TypedID<DecisionKind>?, limit: Int) throws -> [CampaignDecision] {
        try query(
            """
            SELECT decision_id, version, decision, comment, decided_at
            FROM campaign_decision
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
                AND (\(id)::uuid IS NULL OR decision_id > \(id))
            ORDER BY decision_id
            LIMIT \(limit)
            """
        ) { row in
            CampaignDecision(
                id: try row.next(), version: try row.next(), verdict: try row.next(), comment: try row.next(),
                decidedAt: try row.next())
        }
    }
}
