package import Kernel

/// A launched campaign as offers and checkout see it: the frozen terms of its version, with ordinals for ids.
package struct RunningCampaign: Sendable, Equatable {
    package let id: CampaignID
    package internal(set) var version: Int64
    package let supplier: SupplierID?
    package let agreement: Identifier?
    package let name: String
    package let state: CampaignState
    /// Where depths differ by shopper: the deepest, or that of the shopper `atDepth` of whom it is.
    package internal(set) var reward: Reward
    /// Nil: the same for everybody.
    package let depthByShopper: DepthByShopper?
    /// By product ordinal; withdrawn products are not in it.
    package internal(set) var products: [Int32: CampaignProductTerms]
    /// The least that a piece, or what goes together, is discounted by; 0 where that is not known. Worked out once: each batch of
    /// receipts asks whether the budget still pays for it.
    var leastDiscountMinor: Int64
    /// Store ordinals, or nil for every store; withdrawn stores are not in it.
    package let stores: Set<Int32>?
    /// Local times in each store's zone, as PostgreSQL's `timestamp`: microseconds since 1970 of the local clock.
    package let startsAtLocal: Instant
    package let endsAtLocal: Instant
    /// Before it a closing campaign still pays for sales of its period; set when it ended.
    package let settlesUntil: BusinessDay?
    /// Since when it does not run: paused, stopped or ended. A sale made before still pays.
    package let haltedAt: Instant?
    /// Paused because its budget is used up: no new quote is given; what tills gave is paid as long as money is there.
    package let isOutOfMoney: Bool
    package let launchedAt: Instant
    package let limits: CampaignLimits
    package let fee: BasisPoints
    package internal(set) var isForEveryone: Bool
    package let shares: [FundingShare]
    /// Where the retailer stacks groups of campaigns in an order: the one that it is of, or "".
    package let stackingGroup: String
    /// How fast it may spend; nil: as it is asked for.
    package let pacing: Pacing?
    /// A shopper gets it who has activated it.
    package let needsActivation: Bool
    /// What its own label says, by language; empty: the ready words of its funding.
    package let label: [String: String]
    /// What it was and will be about besides, by version; empty where it never became about something else.
    package let versions: [VersionInForce]

    package init(
        id: CampaignID, version: Int64, supplier: SupplierID?, agreement: Identifier?, name: String, state: CampaignState,
        reward: Reward, products: [Int32: CampaignProductTerms], stores: Set<Int32>?, startsAtLocal: Instant,
        endsAtLocal: Instant, settlesUntil: BusinessDay?, haltedAt: Instant? = nil, isOutOfMoney: Bool = false,
        launchedAt: Instant,
        limits: CampaignLimits, fee: BasisPoints, isForEveryone: Bool, shares: [FundingShare],
        stackingGroup: String = "", pacing: Pacing? = nil, needsActivation: Bool = false, versions: [VersionInForce] = [],
        depthByShopper: DepthByShopper? = nil, label: [String: String] = [:]
    ) {
        self.id = id
        self.version = version
        self.supplier = supplier
        self.agreement = agreement
        self.name = name
        self.state = state
        self.reward = reward
        self.products = products
        self.depthByShopper = depthByShopper
        leastDiscountMinor = (depthByShopper.map { .percentOff($0.least) } ?? reward).leastDiscountMinor(on: products.values)
        self.stores = stores
        self.startsAtLocal = startsAtLocal
        self.endsAtLocal = endsAtLocal
        self.settlesUntil = settlesUntil
        self.haltedAt = haltedAt
        self.isOutOfMoney = isOutOfMoney
        self.launchedAt = launchedAt
        self.limits = limits
        self.fee = fee
        self.isForEveryone = isForEveryone
        self.shares = shares
        self.stackingGroup = stackingGroup
        self.pacing = pacing
        self.needsActivation = needsActivation
        self.label = label
        self.versions = versions
    }

    mutating func take(_ inForce: VersionInForce) {
        version = inForce.version
        products = inForce.products
        leastDiscountMinor = inForce.leastDiscountMinor
        isForEveryone = inForce.isForEveryone
    }
}

extension RunningCampaign {
    /// The last day that has a moment of its period, by the calendar.
    package var lastDay: BusinessDay { LocalTime(clock: endsAtLocal).lastDayBefore }

    /// The same as it would be while it runs.
    package var asRunning: RunningCampaign {
        RunningCampaign(
            id: id, version: version, supplier: supplier, agreement: agreement, name: name, state: .running, reward: reward,
            products: products, stores: stores, startsAtLocal: startsAtLocal, endsAtLocal: endsAtLocal,
            settlesUntil: settlesUntil, haltedAt: nil, launchedAt: launchedAt, limits: limits, fee: fee,
            isForEveryone: isForEveryone, shares: shares, stackingGroup: stackingGroup, pacing: pacing,
            needsActivation: needsActivation, versions: versions, depthByShopper: depthByShopper, label: label)
    }

    /// The campaign as somebody is given it to whom it was promised at a depth; 0 where it is the same for all.
    package func atDepth(_ depthBP: Int32) -> RunningCampaign {
        guard depthBP > 0, depthByShopper != nil else { return self }
        var campaign = self
        campaign.reward = .percentOff(BasisPoints(stored: depthBP))
        return campaign
    }

    /// As grants name its depths: 0 where there is one for all.
    package var depthsBP: [Int32] { depthByShopper?.depths.map(\.value) ?? [0] }
}

/// The terms of one product of a campaign.
package struct CampaignProductTerms: Sendable, Hashable {
    package let recordedBaseMinor: Int64?
    /// Above it a percentage is capped and a fixed price withheld.
    package let discountMaxPerUnitMinor: Int64
    /// The part of a set in which the product is; 0 where the reward is of no set.
    package let part: Int

    package init(recordedBaseMinor: Int64?, discountMaxPerUnitMinor: Int64, part: Int = 0) {
        self.recordedBaseMinor = recordedBaseMinor
        self.discountMaxPerUnitMinor = discountMaxPerUnitMinor
        self.part = part
    }

    package func inPart(_ part: Int) -> CampaignProductTerms {
        CampaignProductTerms(
            recordedBaseMinor: recordedBaseMinor, discountMaxPerUnitMinor: discountMaxPerUnitMinor, part: part)
    }
}

/// One wallet's part of every discount of a campaign (DOMAIN 6).
package struct FundingShare: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case percent(BasisPoints)
        case amountPerUnit(minor: Int64)
        case remainder
    }

    package let kind: Kind
    /// The campaign's account that this wallet funded.
    package let account: Identifier
    /// The wallet's id, for ties.
    package let wallet: Identifier
    /// Of the supplier's share a fee is taken, of the retailer's own none.
    package let isSuppliers: Bool
    /// The most that this wallet pays over the campaign, fee apart; nil: its account's balance.
    package let capMinor: Int64?
    /// Minor units that this wallet had put in when the campaign was read.
    package let putInMinor: Int64

    package init(
        kind: Kind, account: Identifier, wallet: Identifier, isSuppliers: Bool, capMinor: Int64?, putInMinor: Int64 = 0
    ) {
        self.kind = kind
        self.account = account
        self.wallet = wallet
        self.isSuppliers = isSuppliers
        self.capMinor = capMinor
        self.putInMinor = putInMinor
    }
}
