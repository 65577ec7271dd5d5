import Kernel
import Parties
import Postgres
import Tenancy

/// How a version was decided on, as `campaign_decision.decision` has it.
enum CampaignVerdict: String, SQLWord {
    case approved
    case automatic = "auto_approved"
    case rejected
    case changesRequested = "changes_requested"
    /// Nobody decided: the time of an approval ran out.
    case lapsed
}

extension Transaction {
    /// Writes what a version is about, for good. Without rows of stores it runs in all of them.
    func freeze(_ resolved: ResolvedTerms, of campaign: Campaign) throws {
        let stores = resolved.assortment.namesStores ? resolved.assortment.stores : []
        try pipeline([
            """
            DELETE FROM campaign_product
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
            """,
            """
            DELETE FROM campaign_store
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
            """,
            insertion(of: resolved, into: campaign),
            """
            INSERT INTO campaign_store (retailer_id, campaign_id, supplier_id, version, store_id, store_ordinal)
            SELECT \(campaign.retailer), \(campaign.id), \(campaign.supplier), \(campaign.version), store_id, store_ordinal
            FROM unnest(\(stores.map(\.id)), \(stores.map(\.ordinal))) AS frozen (store_id, store_ordinal)
            """,
        ])
    }

    /// The products of a version, with the prices of the day.
    func freezeProducts(_ resolved: ResolvedTerms, of campaign: Campaign) throws {
        try execute(insertion(of: resolved, into: campaign))
    }

    private func insertion(of resolved: ResolvedTerms, into campaign: Campaign) -> SQL {
        let products = resolved.assortment.products
        let terms = products.map { resolved.prices.terms(of: $0.ordinal) }
        return """
            INSERT INTO campaign_product (
                retailer_id, campaign_id, supplier_id, version, product_id, product_ordinal, recorded_base_amount,
                discount_max_per_unit
            )
            SELECT \(campaign.retailer), \(campaign.id), \(campaign.supplier), \(campaign.version), product_id,
                product_ordinal, recorded_base_amount, discount_max_per_unit
            FROM unnest(
                \(products.map(\.id)), \(products.map(\.ordinal)), \(terms.map(\.recordedBaseMinor)),
                \(terms.map(\.discountMaxPerUnitMinor))
            ) AS frozen (product_id, product_ordinal, recorded_base_amount, discount_max_per_unit)
            """
    }

    /// The most other campaigns that share one of these products at the same time. Served by `campaign_product_by_product`.
    func overlapping(_ campaign: Campaign, on products: [Int32]) throws -> Int32 {
        try one(
            """
            SELECT COALESCE(max(shared.campaigns), 0)::int
            FROM (
                SELECT count(DISTINCT other.campaign_id) AS campaigns
                FROM campaign_product AS product
                JOIN campaign AS other ON other.retailer_id = product.retailer_id
                    AND other.campaign_id = product.campaign_id
                    AND product.version BETWEEN COALESCE(other.launched_version, other.version) AND other.version
                JOIN campaign AS own ON own.retailer_id = product.retailer_id AND own.campaign_id = \(campaign.id)
                WHERE product.retailer_id = \(campaign.retailer) AND product.product_ordinal = ANY (\(products))
                    AND product.withdrawn_at IS NULL AND other.campaign_id <> own.campaign_id
                    AND other.state IN ('submitted', 'approved', 'scheduled', 'running', 'paused')
                    AND other.starts_at < \(campaign.terms.endsAt.clock)::timestamptz AT TIME ZONE 'UTC' AND own.starts_at < other.ends_at
                GROUP BY product.product_ordinal
            ) AS shared
            """, { row in try row.next() })
    }

    func insert(_ verdict: CampaignVerdict, _ comment: String, on campaign: Campaign, by author: Author) throws {
        try execute(
            """
            INSERT INTO campaign_decision (
                retailer_id, campaign_id, supplier_id, decision_id, version, decision, comment, person_id, key_id, decided_at
            )
            VALUES (
                \(campaign.retailer), \(campaign.id), \(campaign.supplier), \(author.world.newID(TypedID<DecisionKind>.self).value),
                \(campaign.version), \(verdict), \(comment), \(author.principal.person), \(author.principal.key),
                \(author.world.now())
            )
            """)
    }
}

enum DecisionKind: IDKind { static let prefix = "decision" }
