import Audiences
import Kernel
import Parties
import Postgres
import Profiles
import Shoppers
import Tenancy

/// Writes the version that a change makes of a launched campaign, in the transaction that applies it: its terms, its products with the
/// prices of the day, the stores as they are, its members.
struct BeginVersion: Sendable {
    let version: NewVersion
    let before: Campaign
    let change: CampaignChange
    let sampling: SupplierSampling

    /// `campaign`: as it is from now on.
    func run(for campaign: Campaign, in tx: borrowing Transaction, by author: Author) throws {
        try tx.putTerms(of: campaign, by: author.principal)
        try tx.beginVersion(of: campaign, from: version.from, after: before)
        try tx.freezeProducts(version.resolved, of: campaign)
        try tx.keepStores(of: campaign, asIn: before.version)
        if change.eligibility == nil {
            try tx.holdOffErasures(of: campaign.retailer)
            try tx.keepMembers(of: campaign, asIn: before.version)
        } else {
            let moment = try tx.profileMoment(of: campaign.retailer, at: author.world.now())
            try DrawMembers(sampling: sampling).run(for: campaign, on: moment, in: author.world, tx)
        }
        let verdict: CampaignVerdict = change.outcome?.person == change.person ? .automatic : .approved
        try tx.insert(verdict, change.outcome?.comment ?? "", on: campaign, by: author)
    }
}

extension Transaction {
    /// Marks a version as handed in and approved by a change, in force from a day on, beside those before it.
    fileprivate func beginVersion(of campaign: Campaign, from day: BusinessDay, after before: Campaign) throws {
        try pipeline([
            """
            UPDATE campaign_version
            SET submitted_at = \(campaign.submission?.at), submitted_by_person = \(campaign.submission?.person),
                in_force_from = \(day)
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
            """,
            """
            UPDATE campaign
            SET launched_version = \(before.firstVersionInForce)
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
            """,
        ])
    }

    /// The stores stay, also those that were withdrawn.
    fileprivate func keepStores(of campaign: Campaign, asIn version: Int64) throws {
        try execute(
            """
            INSERT INTO campaign_store (
                retailer_id, campaign_id, supplier_id, version, store_id, store_ordinal, withdrawn_at, withdrawn_reason
            )
            SELECT retailer_id, campaign_id, supplier_id, \(campaign.version), store_id, store_ordinal, withdrawn_at,
                withdrawn_reason
            FROM campaign_store
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(version)
            """)
    }

    /// The members stay those that were drawn.
    fileprivate func keepMembers(of campaign: Campaign, asIn version: Int64) throws {
        try execute(
            """
            INSERT INTO campaign_members (retailer_id, campaign_id, version, shown, holdout, counted, as_of, made_at)
            SELECT retailer_id, campaign_id, \(campaign.version), shown, holdout, counted, as_of, made_at
            FROM campaign_members
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(version)
            """)
    }

    /// The products that the retailer took out of a campaign.
    func withdrawnProducts(of campaign: Campaign) throws -> Set<ExternalID> {
        Set(
            try query(
                """
                SELECT DISTINCT product_id
                FROM campaign_product
                WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id)
                    AND version BETWEEN \(campaign.firstVersionInForce) AND \(campaign.version) AND withdrawn_at IS NOT NULL
                """, { row in try row.next(ExternalID.self) }))
    }

    /// Nil for all stores.
    func ordinals(ofStores stores: Set<ExternalID>?, of campaign: Campaign) throws -> [Int32]? {
        guard let stores else { return nil }
        return try query(
            "SELECT ordinal FROM store WHERE retailer_id = \(campaign.retailer) AND store_id = ANY (\(stores.sorted()))",
            { row in try row.next() })
    }

    /// How many products a campaign is about now.
    func productCount(of campaign: Campaign) throws -> Int64 {
        try one(
            """
            SELECT count(*)
            FROM campaign_product
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
                AND withdrawn_at IS NULL
            """, { row in try row.next() })
    }
}
