import Campaigns
import Kernel
import Parties

/// What a retailer's offers are made of, as it stood at one moment: campaigns, grants, the policy. Whatever was rendered from
/// it is good as long as it stands, prices apart: where they change there is another stage.
final class OfferStage: Sendable {
    let retailer: Retailer
    let policy: Policy
    /// Those that run, by id; their numbers are slots.
    let campaigns: [RunningCampaign]
    /// The revisions of all that may pay, whether they run or not.
    let revisions: [CampaignID: Int64]
    let grants: [GrantName: BusinessDay]
    let lists: PromiseLists
    /// By place in the lists; nil: not in force, or of a campaign that does not run.
    let promises: [StagedPromise?]
    private let slots: [CampaignID: Int]

    /// `grants` are those in force, each with its last day; the lists have all of them.
    init(
        retailer: Retailer, policy: Policy, campaigns: [RunningCampaign], revisions: [CampaignID: Int64],
        grants: [GrantName: BusinessDay], lists: PromiseLists
    ) {
        (self.retailer, self.policy, self.revisions, self.grants, self.lists) = (retailer, policy, revisions, grants, lists)
        let running = campaigns.filter { $0.state == .running }.sorted { $0.id < $1.id }
        self.campaigns = running
        let slots = Dictionary(uniqueKeysWithValues: running.enumerated().map { ($1.id, $0) })
        self.slots = slots
        promises = lists.grants.map { grant in
            guard let endsOn = grants[grant], let slot = slots[grant.campaign] else { return nil }
            return StagedPromise(slot: slot, startsOn: grant.startsOn, endsOn: endsOn)
        }
    }

    func slot(of campaign: CampaignID) -> Int? { slots[campaign] }

    /// The same, so that what was rendered from the old one is rendered anew.
    func again() -> OfferStage {
        OfferStage(
            retailer: retailer, policy: policy, campaigns: campaigns, revisions: revisions, grants: grants, lists: lists)
    }
}

/// A grant that is in force of a campaign that runs.
struct StagedPromise: Sendable, Hashable {
    let slot: Int
    let startsOn: BusinessDay
    let endsOn: BusinessDay

    func covers(_ day: BusinessDay) -> Bool { startsOn <= day && day <= endsOn }
}
