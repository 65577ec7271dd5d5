package import Kernel

/// What one version of a launched campaign is about, and since which business day: until the day of the next one. So every sale
/// has one version, that of its day, whenever it is told of.
package struct VersionInForce: Sendable, Equatable {
    package let version: Int64
    /// Nil: since the campaign was launched.
    package let from: BusinessDay?
    /// By product ordinal; withdrawn products are not in it.
    package let products: [Int32: CampaignProductTerms]
    package let isForEveryone: Bool
    let leastDiscountMinor: Int64

    package init(
        version: Int64, from: BusinessDay?, products: [Int32: CampaignProductTerms], isForEveryone: Bool,
        leastDiscountMinor: Int64 = 0
    ) {
        self.version = version
        self.from = from
        self.products = products
        self.isForEveryone = isForEveryone
        self.leastDiscountMinor = leastDiscountMinor
    }
}

extension RunningCampaign {
    /// The campaign as it is on a business day. Of a day before its first version that one.
    package func asOf(_ day: BusinessDay) -> RunningCampaign {
        guard let inForce = versions.last(where: { $0.isInForce(on: day) }) ?? versions.first else { return self }
        var campaign = self
        campaign.take(inForce)
        return campaign
    }

    /// The last day before the campaign is about something else; nil where nothing else is approved.
    package func lastDayOfVersion(on day: BusinessDay) -> BusinessDay? {
        let present = versions.last { $0.isInForce(on: day) }?.version ?? 0
        return versions.filter { $0.version > present }.compactMap(\.from).min().map { $0.adding(days: -1) }
    }

    /// The one that was approved last, in force or not yet.
    package var lastVersion: Int64 { versions.last?.version ?? version }

    /// Whether it is for everybody whenever a sale is made.
    package var isAlwaysForEveryone: Bool { isForEveryone && versions.allSatisfy(\.isForEveryone) }
}

extension VersionInForce {
    fileprivate func isInForce(on day: BusinessDay) -> Bool { from.map { $0 <= day } ?? true }
}
