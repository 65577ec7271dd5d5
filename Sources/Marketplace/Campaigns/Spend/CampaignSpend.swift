import JSONText
package import Kernel

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
