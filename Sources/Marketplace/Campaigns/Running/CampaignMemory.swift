package import Kernel
package import Postgres
import Synchronization

/// The terms of launched campaigns as this node read them last. What a transaction asks for is as it stands in PostgreSQL:
/// each question reads the revisions, and a campaign whose revision is another than the one that is kept is read anew.
/// Everything that `RunningCampaign` tells changes with the revision.
///
/// Ask before a transaction changes a campaign: a revision that is rolled back must not be kept.
package final class CampaignMemory: Sendable {
    /// Products, named stores and wallets of all campaigns that are kept, about 100 bytes each.
    package static let entriesMax = 1_000_000

    private let kept: Mutex<CampaignGenerations>

    package init(entriesMax: Int = CampaignMemory.entriesMax) {
        kept = Mutex(CampaignGenerations(entriesMax: entriesMax))
    }

    /// Campaigns that may pay for a sale and have one of these products, in whichever of their versions.
    package func touching(
        _ products: [Int32], of retailer: RetailerID, in tx: borrowing Transaction
    ) throws -> TouchedCampaigns {
        guard !products.isEmpty else { return TouchedCampaigns(campaigns: [], touches: []) }
        let touches = try tx.touches(of: products, at: retailer)
        let wanted = Dictionary(touches.map { ($0.campaign, $0.revision) }) { first, _ in first }
        return TouchedCampaigns(campaigns: try campaigns(wanted, of: retailer, in: tx), touches: touches)
    }

    /// Those of these that may pay for a sale that names them, in the order of their ids.
    package func campaigns(
        among ids: [CampaignID], of retailer: RetailerID, in tx: borrowing Transaction
    ) throws -> [RunningCampaign] {
        guard !ids.isEmpty else { return [] }
        return try campaigns(try tx.revisions(of: ids, at: retailer), of: retailer, in: tx)
    }

    /// What is missing is kept under the revision that was read before it: where it changed in between, nobody asks for that
    /// revision again.
    private func campaigns(
        _ wanted: [CampaignID: Int64], of retailer: RetailerID, in tx: borrowing Transaction
    ) throws -> [RunningCampaign] {
        let known = kept.withLock { kept in wanted.compactMap { kept.campaign($0.key, at: $0.value, of: retailer) } }
        guard known.count < wanted.count else { return known.sorted { $0.id < $1.id } }
        let missing = Set(wanted.keys).subtracting(known.map(\.id)).sorted()
        let read = try tx.runningCampaigns(among: missing, of: retailer)
        kept.withLock { kept in
            for campaign in read { kept.keep(campaign, at: wanted[campaign.id] ?? 0, of: retailer) }
        }
        return (known + read).sorted { $0.id < $1.id }
    }
}

/// Campaigns that touch one of several baskets, found again by product.
package struct TouchedCampaigns: Sendable {
    private let campaigns: [RunningCampaign]
    private var byProduct: [Int32: [Int]] = [:]

    fileprivate init(campaigns: [RunningCampaign], touches: [CampaignTouch]) {
        self.campaigns = campaigns
        let places = Dictionary(campaigns.enumerated().map { ($1.id, $0) }) { first, _ in first }
        for touch in touches {
            if let place = places[touch.campaign] { byProduct[touch.product, default: []].append(place) }
        }
    }

    /// In the order of their ids.
    package func touching(_ products: some Sequence<Int32>) -> [RunningCampaign] {
        Set(products.flatMap { byProduct[$0] ?? [] }).sorted().map { campaigns[$0] }
    }
}

/// Campaigns by what was asked for last, without a count of each question: whoever is asked for is of the young generation,
/// which becomes the old one when it holds half of what may be kept; what was old then is forgotten.
private struct CampaignGenerations {
    private struct Key: Hashable {
        let retailer: RetailerID
        let campaign: CampaignID
    }

    private struct Kept {
        let revision: Int64
        let campaign: RunningCampaign
    }

    private let entriesMax: Int
    private var young: [Key: Kept] = [:]
    private var old: [Key: Kept] = [:]
    private var entriesOfYoung = 0

    init(entriesMax: Int) { self.entriesMax = entriesMax }

    mutating func campaign(_ id: CampaignID, at revision: Int64, of retailer: RetailerID) -> RunningCampaign? {
        let key = Key(retailer: retailer, campaign: id)
        if let kept = young[key] { return kept.revision == revision ? kept.campaign : nil }
        guard let kept = old[key], kept.revision == revision else { return nil }
        keep(kept.campaign, at: revision, of: retailer)
        return kept.campaign
    }

    mutating func keep(_ campaign: RunningCampaign, at revision: Int64, of retailer: RetailerID) {
        let key = Key(retailer: retailer, campaign: campaign.id)
        let room = entriesMax / 2
        guard Self.weight(campaign) <= room else { return }
        if let before = young.removeValue(forKey: key) { entriesOfYoung -= Self.weight(before.campaign) }
        if entriesOfYoung + Self.weight(campaign) > room { (old, young, entriesOfYoung) = (young, [:], 0) }
        old[key] = nil
        young[key] = Kept(revision: revision, campaign: campaign)
        entriesOfYoung += Self.weight(campaign)
    }

    /// A campaign that names nothing takes room too.
    private static func weight(_ campaign: RunningCampaign) -> Int {
        campaign.products.count + campaign.versions.reduce(0) { $0 + $1.products.count + 1 } + (campaign.stores?.count ?? 0)
            + campaign.shares.count + 1
    }
}

/// A product of a campaign that may pay for a sale.
private struct CampaignTouch: Sendable {
    let campaign: CampaignID
    let revision: Int64
    let product: Int32
}

extension Transaction {
    /// Indexes: `campaign_product_by_product`, and the primary key of `campaign`. A look-up for each product: OFFSET keeps the
    /// planner from reading the products of all campaigns instead.
    fileprivate func touches(of products: [Int32], at retailer: RetailerID) throws -> [CampaignTouch] {
        try query(
            """
            SELECT product.campaign_id, campaign.revision, given.ordinal
            FROM unnest(\(products)) AS given (ordinal)
            CROSS JOIN LATERAL (
                SELECT campaign_product.campaign_id, campaign_product.version
                FROM campaign_product
                WHERE campaign_product.retailer_id = \(retailer) AND campaign_product.product_ordinal = given.ordinal
                    AND campaign_product.withdrawn_at IS NULL
                OFFSET 0
            ) AS product
            JOIN campaign ON campaign.retailer_id = \(retailer) AND campaign.campaign_id = product.campaign_id
                AND product.version BETWEEN COALESCE(campaign.launched_version, campaign.version) AND campaign.version
                AND \(fragment: mayPay)
            """
        ) { row in CampaignTouch(campaign: try row.next(), revision: try row.next(), product: try row.next()) }
    }

    fileprivate func revisions(of ids: [CampaignID], at retailer: RetailerID) throws -> [CampaignID: Int64] {
        let found = try query(
            """
            SELECT campaign_id, revision
            FROM campaign
            WHERE retailer_id = \(retailer) AND campaign_id = ANY (\(ids)) AND \(fragment: mayPayWhatNamesIt)
            """
        ) { row in (try row.next(CampaignID.self), try row.next(Int64.self)) }
        return Dictionary(found) { first, _ in first }
    }
}
