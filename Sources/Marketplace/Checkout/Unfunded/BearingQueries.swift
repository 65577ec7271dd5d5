import Campaigns
import Kernel
import Ledger
import Parties
import Postgres

extension Transaction {
    /// The agreements of these campaigns that name their supplier as a bearer and have a wallet to pay from.
    func bearings(
        of agreements: [CampaignID: AgreementID], in asset: Asset, at retailer: RetailerID
    ) throws -> [CampaignID: Bearing] {
        let bearers = try unfundedBearers(of: Set(agreements.values).sorted(), in: asset, at: retailer)
        guard !bearers.isEmpty else { return [:] }
        let byAgreement = try bearers.reduce(into: [AgreementID: Bearing]()) { bearings, pair in
            guard let wallet = try wallet(ofAgreement: pair.key, at: retailer), let supplier = wallet.supplier else { return }
            bearings[pair.key] = Bearing(
                agreement: pair.key, supplier: supplier, account: wallet.account, bearers: pair.value)
        }
        return agreements.compactMapValues { byAgreement[$0] }
    }

    /// What suppliers have borne in the months of some days, by the first day of the month. Read under the locks of their
    /// wallets.
    func borne(
        under agreements: [AgreementID], inMonthsOf days: [BusinessDay], at retailer: RetailerID
    ) throws -> [BusinessDay: [BorneKey: Int64]] {
        guard !agreements.isEmpty else { return [:] }
        let months = Set(days.map(\.startOfMonth)).sorted()
        let found = try query(
            """
            SELECT month, agreement_id, reason, borne_amount
            FROM unfunded_borne
            WHERE retailer_id = \(retailer) AND agreement_id = ANY (\(agreements)) AND month = ANY (\(months))
            """
        ) { row in
            (
                month: try row.next(BusinessDay.self), key: BorneKey(agreement: try row.next(), reason: try row.next()),
                minor: try row.next(Int64.self)
            )
        }
        return found.reduce(into: [:]) { $0[$1.month, default: [:]][$1.key] = $1.minor }
    }

    func countBorne(_ shares: [BorneShare], on day: BusinessDay, at retailer: RetailerID) throws {
        guard !shares.isEmpty else { return }
        try execute(
            """
            INSERT INTO unfunded_borne (retailer_id, agreement_id, reason, month, borne_amount)
            SELECT \(retailer), share.agreement_id, share.reason, \(day.startOfMonth), sum(share.amount)::bigint
            FROM unnest(\(shares.map(\.agreement)), \(shares.map(\.reason)), \(shares.map(\.minor)))
                AS share (agreement_id, reason, amount)
            GROUP BY share.agreement_id, share.reason
            ORDER BY share.agreement_id, share.reason
            ON CONFLICT (retailer_id, agreement_id, reason, month) DO UPDATE
            SET borne_amount = unfunded_borne.borne_amount + EXCLUDED.borne_amount
            """)
    }

    /// What returns gave back is free again under the cap of the month in which it was borne.
    func uncountBorne(_ redemptions: [RedemptionID], _ amounts: [Int64], at retailer: RetailerID) throws {
        guard !redemptions.isEmpty else { return }
        try execute(
            """
            UPDATE unfunded_borne
            SET borne_amount = unfunded_borne.borne_amount - back.amount
            FROM (
                SELECT campaign.agreement_id, redemption.reason, date_trunc('month', redemption.business_day)::date AS month,
                    sum(given.amount)::bigint AS amount
                FROM unnest(\(redemptions), \(amounts)) AS given (redemption_id, amount)
                JOIN redemption ON redemption.retailer_id = \(retailer)
                    AND redemption.redemption_id = given.redemption_id
                JOIN campaign ON campaign.retailer_id = \(retailer) AND campaign.campaign_id = redemption.campaign_id
                GROUP BY campaign.agreement_id, redemption.reason, month
            ) AS back
            WHERE unfunded_borne.retailer_id = \(retailer) AND unfunded_borne.agreement_id = back.agreement_id
                AND unfunded_borne.reason = back.reason AND unfunded_borne.month = back.month
            """)
    }
}
