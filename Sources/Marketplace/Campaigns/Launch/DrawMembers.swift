import Audiences
import Kernel
import Postgres
import Profiles
import Shoppers
import Tenancy

/// The members of a campaign's version: its audience as it is now, some of whom are held out.
struct DrawMembers: Sendable {
    let sampling: SupplierSampling

    /// Nobody is told the count; a campaign of a supplier's for fewer than the floor does not start (DOMAIN 10).
    func run(
        for campaign: Campaign, on moment: ProfileMoment, in world: OutsideWorld, _ tx: borrowing Transaction
    ) throws {
        guard case .audience(let choice) = campaign.terms.eligibility,
            let predicate = try tx.predicate(of: choice.audience, version: choice.version, at: campaign.retailer)
        else { return }
        try tx.holdOffErasures(of: campaign.retailer)
        let keys = try tx.members(of: predicate, on: moment)
        if campaign.supplier != nil { try checkFloor(of: keys, campaign, on: moment, in: world, tx) }
        let members = CampaignMembers(keys, Holdout(campaign.terms.holdout, of: campaign.id))
        try tx.insert(members, of: campaign, asOf: moment.asOf, at: world.now())
    }

    /// Whether it starts is an answer to the supplier too: the secret sample alone decides it.
    private func checkFloor(
        of keys: [Int64], _ campaign: Campaign, on moment: ProfileMoment, in world: OutsideWorld, _ tx: borrowing Transaction
    ) throws {
        let sample = try sampling.sample(of: campaign.retailer, in: tx, world)
        let sampled = sample.map { sample in keys.count { sample.contains($0) } } ?? keys.count
        guard moment.sampled(by: sample).holdsFloor(Int64(sampled)) else { throw LaunchCampaign.Refusal.audienceBelowFloor }
    }
}
