import Kernel

/// Why a launched campaign cannot become what is wanted.
enum ChangeRefusal: Refusal, Hashable {
    /// Minor units that are spent, kept by quotes, or needed of one wallet's account.
    case belowSpent(least: Int64)
    /// Some store's clock shows it already, or the campaign's start is later.
    case endPassed
    /// Offers were promised through this day.
    case promisedLonger(BusinessDay)
    case tooLong

    var problem: Problem {
        switch self {
        case .belowSpent(let least):
            Problem(
                409, "budget_below_spent", "So much of the budget is spent or kept by quotes.",
                detail: "At least \(least) minor units stay.")
        case .endPassed:
            Problem(409, "end_passed", "The end is not in the future.", detail: "Stop the campaign to end it now.")
        case .promisedLonger(let day):
            Problem(
                409, "promised_longer", "Shoppers were promised the offer for longer.",
                detail: "Through \(day). Stop the campaign to end it now.")
        case .tooLong:
            .invalid([
                FieldProblem(
                    pointer: "/ends_at", code: "too_long", detail: "A campaign lasts at most \(CampaignTerms.daysMax) days.")
            ])
        }
    }
}
