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
    /// What a shopper may be shown of them: each at each of its depths.
    let faces: [OfferFace]
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
        let faces = running.enumerated().flatMap { slot, campaign in
            campaign.depthsBP.map { OfferFace(slot: slot, depthBP: $0) }
        }
        self.faces = faces
        let numbers = Dictionary(uniqueKeysWithValues: faces.enumerated().map { ($1, $0) })
        promises = lists.grants.map { grant in
            guard let endsOn = grants[grant], let slot = slots[grant.campaign],
                // A node of before knows no depths: what it granted is the deepest.
                let face = numbers[OfferFace(slot: slot, depthBP: grant.depthBP)]
                    ?? (grant.depthBP == 0 ? faces.lastIndex { $0.slot == slot } : nil)
            else { return nil }
            return StagedPromise(
                slot: slot, face: face, startsOn: grant.startsOn, promise: Promise(endsOn: endsOn, depthBP: grant.depthBP))
        }
    }

    func slot(of campaign: CampaignID) -> Int? { slots[campaign] }

    /// The same, so that what was rendered from the old one is rendered anew.
    func again() -> OfferStage {
        OfferStage(
            retailer: retailer, policy: policy, campaigns: campaigns, revisions: revisions, grants: grants, lists: lists)
    }
}

/// A campaign, by its slot, at one of its depths; 0 where it has but one.
struct OfferFace: Sendable, Hashable {
    let slot: Int
    let depthBP: Int32
}

/// A grant that is in force of a campaign that runs.
struct StagedPromise: Sendable, Hashable {
    let slot: Int
    /// The number of what is shown.
    let face: Int
    let startsOn: BusinessDay
    let promise: Promise

    var endsOn: BusinessDay { promise.endsOn }

    func covers(_ day: BusinessDay) -> Bool { startsOn <= day && day <= endsOn }
}
