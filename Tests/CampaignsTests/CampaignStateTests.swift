import Campaigns
import Testing

@Suite struct CampaignStateTests {
    /// The whole table (DOMAIN 5): what is not in it is refused.
    static let table: [CampaignState: [CampaignAction: CampaignState]] = [
        .draft: [.edit: .draft, .submit: .submitted, .cancel: .cancelled],
        .submitted: [.approve: .approved, .reject: .rejected, .requestChanges: .changesRequested, .cancel: .cancelled],
        .changesRequested: [.edit: .draft, .cancel: .cancelled],
        .rejected: [:],
        .approved: [.edit: .draft, .lapse: .draft, .launch: .scheduled, .cancel: .cancelled],
        .scheduled: [.start: .running, .pause: .paused, .stop: .ended, .end: .ended, .cancel: .cancelled],
        .running: [.pause: .paused, .stop: .ended, .end: .ended],
        .paused: [.pause: .paused, .resume: .running, .stop: .ended, .end: .ended],
        .ended: [.settle: .settling],
        .settling: [.close: .closed],
        .closed: [:],
        .cancelled: [:],
    ]

    @Test(arguments: CampaignState.allCases, CampaignAction.allCases)
    func `an action leads where the table says, or nowhere`(state: CampaignState, action: CampaignAction) {
        #expect(state.after(action) == Self.table[state]?[action])
    }

    @Test func `money is paid from the start until the close, and at no other time`() {
        #expect(CampaignState.allCases.filter(\.pays) == [.running, .paused, .ended, .settling])
    }
}
