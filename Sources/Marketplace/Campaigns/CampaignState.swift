import Postgres

/// Where a campaign stands (docs/campaigns.md has the diagram; DOMAIN 5).
package enum CampaignState: String, CaseIterable, SQLWord {
    case draft, submitted
    case changesRequested = "changes_requested"
    case rejected, approved
    /// Launched: the money has moved; its time has not come.
    case scheduled
    case running, paused
    /// Its time is over, or it was stopped: no new quotes.
    case ended
    /// Late receipts of sales inside the period still pay.
    case settling
    case closed, cancelled
}

/// What can happen to a campaign.
package enum CampaignAction: String, CaseIterable, Sendable {
    case edit, submit, approve, reject
    case requestChanges = "request_changes"
    /// The start or 30 days passed before it was launched.
    case lapse
    case launch, cancel
    /// Its first business day began in the first of its stores.
    case start
    case pause, resume, stop
    /// Its last business day ended in the last of its stores.
    case end
    case settle, close
    /// More budget; the state changes only where the want of it had paused the campaign.
    case extend
    /// Another budget or end; the state changes only as with an extension.
    case change
}

extension CampaignState {
    /// The state after an action, or nil where the action is not possible from here.
    package func after(_ action: CampaignAction) -> CampaignState? {
        switch (self, action) {
        case (.draft, .edit), (.changesRequested, .edit), (.approved, .edit), (.approved, .lapse): .draft
        case (.draft, .submit): .submitted
        case (.submitted, .approve): .approved
        case (.submitted, .reject): .rejected
        case (.submitted, .requestChanges): .changesRequested
        case (.approved, .launch): .scheduled
        case (.scheduled, .start): .running
        // Paused once more: for a reason that weighs more than an empty budget.
        case (.running, .pause), (.scheduled, .pause), (.paused, .pause): .paused
        case (.paused, .resume): .running
        case (.scheduled, .stop), (.running, .stop), (.paused, .stop): .ended
        case (.running, .end), (.paused, .end), (.scheduled, .end): .ended
        case (.ended, .settle): .settling
        case (.settling, .close): .closed
        case (.draft, .cancel), (.submitted, .cancel), (.changesRequested, .cancel), (.approved, .cancel),
            (.scheduled, .cancel):
            .cancelled
        default: nil
        }
    }

    /// Whether money of the campaign may still pay for sales of its period.
    package var pays: Bool {
        switch self {
        case .running, .paused, .ended, .settling: true
        default: false
        }
    }
}
