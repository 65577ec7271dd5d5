import HTTPSupport
package import Kernel
package import Postgres

extension Transaction {
    /// The campaigns of a retailer that may pay for a sale: those that run, and those that are paused, ended or settling,
    /// for sales of their period, as their last version says; `asOf` a day they may be about something else. Five statements,
    /// however many there are. Index: `campaign_in_force`.
    package func runningCampaigns(of retailer: RetailerID) throws -> [RunningCampaign] {
        try campaigns(of: retailer, that: mayPay)
    }

    /// The revision of each of them: what `RunningCampaign` tells changes with it.
    package func campaignRevisions(of retailer: RetailerID) throws -> [CampaignID: Int64] {
        let found = try query(
            "SELECT campaign_id, revision FROM campaign WHERE retailer_id = \(retailer) AND \(fragment: mayPay)"
        ) { row in (try row.next(CampaignID.self), try row.next(Int64.self)) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// Those of them that are among these, and those that are launched and about to run. Indexes: the primary keys.
    package func runningCampaigns(among ids: [CampaignID], of retailer: RetailerID) throws -> [RunningCampaign] {
        try campaigns(of: retailer, that: "\(fragment: mayPayWhatNamesIt) AND campaign.campaign_id = ANY (\(ids))")
    }

    /// Campaigns as they would speak to baskets if they ran now, whether they are launched or not. Of those that are not,
    /// an id that no account has stands for each that they would get; drafts have no products yet.
    package func rehearsedCampaigns(among ids: [CampaignID], of retailer: RetailerID) throws -> [RunningCampaign] {
        try campaigns(of: retailer, that: "campaign.campaign_id = ANY (\(ids))")
    }

    private func campaigns(of retailer: RetailerID, that isWanted: SQL) throws -> [RunningCampaign] {
        let products = Dictionary(grouping: try runningProducts(of: retailer, that: isWanted), by: \.campaign)
        let stores = Dictionary(grouping: try runningStores(of: retailer, that: isWanted), by: \.campaign)
        let shares = Dictionary(grouping: try runningShares(of: retailer, that: isWanted), by: \.campaign)
        let versions = Dictionary(grouping: try runningVersions(of: retailer, that: isWanted), by: \.campaign)
        return try query(
            """
            SELECT campaign.campaign_id, campaign.version, campaign.supplier_id, campaign.agreement_id, campaign.name,
                campaign.state, content.reward, campaign.starts_at, campaign.ends_at, campaign.settles_until,
                LEAST(campaign.paused_at, campaign.ended_at),
                campaign.state = 'paused' AND campaign.paused_by = 'platform' AND campaign.pause_reason = \(Pause.budgetReason),
                COALESCE(campaign.launched_at, campaign.created_at), content.limits, content.fee_bp,
                content.eligibility ->> 'type' = 'everyone', content.stacking_group, content.pacing,
                content.needs_activation, content.depth_by_shopper,
                jsonb_build_object('label', content.presentation -> 'label')
            FROM campaign
            JOIN campaign_version AS content ON content.retailer_id = campaign.retailer_id
                AND content.campaign_id = campaign.campaign_id AND content.version = campaign.version
            WHERE campaign.retailer_id = \(retailer) AND \(fragment: isWanted)
            ORDER BY campaign.campaign_id
            """
        ) { row in
            let id: CampaignID = try row.next()
            return try RunningCampaign(
                row: &row, id: id, products: products[id] ?? [],
                stores: stores[id].map { Set($0.filter { !$0.isWithdrawn }.map(\.ordinal)) },
                shares: (shares[id] ?? []).map(\.share), versions: versions[id] ?? [])
        }
    }

    private func runningProducts(of retailer: RetailerID, that isWanted: SQL) throws -> [RunningProduct] {
        try query(
            """
            SELECT product.campaign_id, product.version, product.product_id, product.product_ordinal,
                product.recorded_base_amount, product.discount_max_per_unit
            FROM campaign
            JOIN campaign_product AS product ON product.retailer_id = campaign.retailer_id
                AND product.campaign_id = campaign.campaign_id
                AND product.version BETWEEN COALESCE(campaign.launched_version, campaign.version) AND campaign.version
            WHERE campaign.retailer_id = \(retailer) AND \(fragment: isWanted) AND product.withdrawn_at IS NULL
            """
        ) { row in
            RunningProduct(
                campaign: try row.next(), version: try row.next(), id: try row.next(), ordinal: try row.next(),
                terms: CampaignProductTerms(recordedBaseMinor: try row.nextOptional(), discountMaxPerUnitMinor: try row.next()))
        }
    }

    /// All versions of those that are about something else than they were launched with, by number.
    private func runningVersions(of retailer: RetailerID, that isWanted: SQL) throws -> [RunningVersion] {
        try query(
            """
            SELECT content.campaign_id, content.version, content.in_force_from, content.eligibility ->> 'type' = 'everyone'
            FROM campaign
            JOIN campaign_version AS content ON content.retailer_id = campaign.retailer_id
                AND content.campaign_id = campaign.campaign_id
                AND content.version BETWEEN campaign.launched_version AND campaign.version
            WHERE campaign.retailer_id = \(retailer) AND \(fragment: isWanted)
                AND campaign.launched_version < campaign.version
            ORDER BY content.campaign_id, content.version
            """
        ) { row in
            RunningVersion(
                campaign: try row.next(), version: try row.next(), from: try row.nextOptional(),
                isForEveryone: try row.next())
        }
    }

    private func runningStores(of retailer: RetailerID, that isWanted: SQL) throws -> [RunningStore] {
        try query(
            """
            SELECT store.campaign_id, store.store_ordinal, store.withdrawn_at IS NOT NULL
            FROM campaign
            JOIN campaign_store AS store ON store.retailer_id = campaign.retailer_id
                AND store.campaign_id = campaign.campaign_id AND store.version = campaign.version
            WHERE campaign.retailer_id = \(retailer) AND \(fragment: isWanted)
            """
        ) { row in RunningStore(campaign: try row.next(), ordinal: try row.next(), isWithdrawn: try row.next()) }
    }

    private func runningShares(of retailer: RetailerID, that isWanted: SQL) throws -> [RunningShare] {
        try query(
            """
            SELECT funding.campaign_id, funding.kind, funding.value,
                COALESCE(funding.account_id, md5(funding.campaign_id::text || funding.wallet_id::text)::uuid), funding.wallet_id,
                wallet.supplier_id IS NOT NULL, funding.cap_amount, COALESCE(funding.budget_amount, 0)
            FROM campaign
            JOIN campaign_funding AS funding ON funding.retailer_id = campaign.retailer_id
                AND funding.campaign_id = campaign.campaign_id
            JOIN wallet ON wallet.retailer_id = funding.retailer_id AND wallet.wallet_id = funding.wallet_id
            WHERE campaign.retailer_id = \(retailer) AND \(fragment: isWanted)
            ORDER BY funding.campaign_id, funding.place
            """
        ) { row in
            let campaign: CampaignID = try row.next()
            let kind = try FundingPlan.Kind(try row.next(String.self), try row.next(Int64.self))
            return RunningShare(
                campaign: campaign,
                share: FundingShare(
                    kind: FundingShare.Kind(kind), account: try row.next(), wallet: try row.next(),
                    isSuppliers: try row.next(), capMinor: try row.nextOptional(), putInMinor: try row.next()))
        }
    }
}

/// Campaigns that run, and those that are paused, ended or settling, for sales of their period.
let mayPay: SQL = "campaign.state IN ('running', 'paused', 'ended', 'settling') AND campaign.launched_at IS NOT NULL"

/// With those whose start has come though no clock has looked yet: a receipt that names one is judged by its local time.
let mayPayWhatNamesIt: SQL = "(\(fragment: mayPay) OR campaign.state = 'scheduled' AND campaign.launched_at IS NOT NULL)"

private struct RunningVersion {
    let campaign: CampaignID
    let version: Int64
    let from: BusinessDay?
    let isForEveryone: Bool
}

private struct RunningProduct {
    let campaign: CampaignID
    let version: Int64
    let id: ExternalID
    let ordinal: Int32
    let terms: CampaignProductTerms
}

extension [RunningProduct] {
    /// By ordinal; of a set, those that are in one of its parts.
    fileprivate func terms(of reward: Reward) -> [Int32: CampaignProductTerms] {
        guard case .basket(let basket) = reward, case .set = basket else {
            return Dictionary(map { ($0.ordinal, $0.terms) }) { first, _ in first }
        }
        return Dictionary(
            compactMap { product in basket.part(of: product.id).map { (product.ordinal, product.terms.inPart($0)) } }
        ) { first, _ in first }
    }
}

private struct RunningStore {
    let campaign: CampaignID
    let ordinal: Int32
    let isWithdrawn: Bool
}

private struct RunningShare {
    let campaign: CampaignID
    let share: FundingShare
}

extension FundingShare.Kind {
    fileprivate init(_ kind: FundingPlan.Kind) {
        switch kind {
        case .percent(let share): self = .percent(share)
        case .amountPerUnit(let minor): self = .amountPerUnit(minor: minor)
        case .remainder: self = .remainder
        }
    }
}

extension RunningCampaign {
    fileprivate init(
        row: inout Row, id: CampaignID, products: [RunningProduct], stores: Set<Int32>?, shares: [FundingShare],
        versions: [RunningVersion]
    ) throws {
        self.id = id
        version = try row.next()
        supplier = try row.nextOptional()
        agreement = try row.nextOptional()
        name = try row.next()
        state = try row.next()
        reward = try row.nextStored(Reward.init(stored:))
        startsAtLocal = try row.next()
        endsAtLocal = try row.next()
        settlesUntil = try row.nextOptional()
        haltedAt = try row.nextOptional()
        isOutOfMoney = try row.next()
        launchedAt = try row.next()
        limits = try row.nextStored(CampaignLimits.init(_:))
        fee = try row.next()
        isForEveryone = try row.next()
        stackingGroup = try row.next()
        pacing = try row.nextStoredOptional(Pacing.init(stored:))
        needsActivation = try row.next()
        depthByShopper = try row.nextStoredOptional(DepthByShopper.init(_:))
        label = try row.nextStored(Presentation.init(_:)).label
        let (last, reward) = (version, reward)
        let least = depthByShopper.map { Reward.percentOff($0.least) } ?? reward
        self.products = products.filter { $0.version == last }.terms(of: reward)
        leastDiscountMinor = least.leastDiscountMinor(on: self.products.values)
        self.stores = stores
        self.shares = shares
        self.versions = versions.map { version in
            let products = products.filter { $0.version == version.version }.terms(of: reward)
            return VersionInForce(
                version: version.version, from: version.from, products: products, isForEveryone: version.isForEveryone,
                leastDiscountMinor: least.leastDiscountMinor(on: products.values))
        }
    }
}
