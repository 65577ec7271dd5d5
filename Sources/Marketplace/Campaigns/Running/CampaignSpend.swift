import JSONText
package import Kernel
package import Postgres

/// What became of a campaign's budget so far, from its accounts: budget = captured + reserved + available + returned.
package struct CampaignSpend: Sendable, Hashable {
    package let asset: Asset
    /// What the wallets put in; 0 before the launch.
    package let budget: Int64
    /// Discounts and fees that were paid, less what returns gave back.
    package let discounts: Int64
    package let fees: Int64
    /// Kept by quotes.
    package let reserved: Int64
    package let available: Int64
    /// Gone back to the wallets.
    package let returned: Int64
    package let units: Int64
    package let redemptions: Int64

    package var captured: Int64 { discounts + fees }
}

extension CampaignSpend {
    /// Members of an open object.
    func writeMembers(to json: inout JSONWriter) {
        json.field("budget", Money(minor: budget, asset: asset))
        json.field("captured", Money(minor: captured, asset: asset))
        json.field("discounts", Money(minor: discounts, asset: asset))
        json.field("fees", Money(minor: fees, asset: asset))
        json.field("reserved", Money(minor: reserved, asset: asset))
        json.field("available", Money(minor: available, asset: asset))
        json.field("returned", Money(minor: returned, asset: asset))
        json.field("units", units)
        json.field("redemptions", redemptions)
    }
}

/// The same with today's pace.
struct PacedSpend: Sendable, JSONWritable {
    let spend: CampaignSpend
    /// Nil where no day is bounded.
    let today: PacedDay?

    func write(to json: inout JSONWriter) {
        json.object { json in
            spend.writeMembers(to: &json)
            json.name("pacing")
            if let today { today.write(to: &json, in: spend.asset) } else { json.null() }
        }
    }
}

extension Transaction {
    /// In the retailer's scope: a campaign may be paid from several owners' wallets. Indexes: `account_one_for_funding`,
    /// `transfer_by_campaign`, `redemption_by_campaign`.
    package func spend(of campaign: CampaignID, at retailer: RetailerID, in asset: Asset) throws -> CampaignSpend {
        try one(
            """
            SELECT money.put_in, money.discounts, money.fees, accounts.reserved, accounts.available, money.returned,
                sold.units, sold.redemptions
            FROM (
                SELECT COALESCE(sum(CASE kind WHEN 'launch' THEN amount WHEN 'release' THEN -amount ELSE 0 END), 0)::bigint AS put_in,
                    COALESCE(sum(CASE kind WHEN 'redemption' THEN amount WHEN 'return' THEN -amount ELSE 0 END), 0)::bigint
                        AS discounts,
                    COALESCE(sum(CASE kind WHEN 'fee' THEN amount WHEN 'fee_return' THEN -amount ELSE 0 END), 0)::bigint
                        AS fees,
                    COALESCE(sum(amount) FILTER (WHERE kind = 'close'), 0)::bigint AS returned
                FROM transfer
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)
            ) AS money
            CROSS JOIN (
                SELECT COALESCE(sum(debits_pending), 0)::bigint AS reserved,
                    COALESCE(sum(credits_posted - debits_posted - debits_pending), 0)::bigint AS available
                FROM account
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND kind = 'campaign'
            ) AS accounts
            CROSS JOIN (
                SELECT COALESCE(sum(units), 0)::bigint AS units, count(*) AS redemptions
                FROM redemption
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND funded_amount > 0
            ) AS sold
            """
        ) { row in
            CampaignSpend(
                asset: asset, budget: try row.next(), discounts: try row.next(), fees: try row.next(),
                reserved: try row.next(), available: try row.next(), returned: try row.next(), units: try row.next(),
                redemptions: try row.next())
        }
    }
}
