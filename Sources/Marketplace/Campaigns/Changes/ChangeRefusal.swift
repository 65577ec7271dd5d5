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
    /// Nothing is left of the campaign after the offer period that runs: the new version would begin on this day.
    case noPeriodLeft(BusinessDay)
    case tooManyVersions
    /// The products of a set are the reward.
    case productsOfSet
    case nothingToFollow
    case holdoutOfEveryone
    case depthsOfEveryone

    private func invalid(_ pointer: String, _ code: String, _ detail: String) -> Problem {
        .invalid([FieldProblem(pointer: pointer, code: code, detail: detail)])
    }

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
        case .noPeriodLeft(let day):
            Problem(
                409, "no_period_left", "The campaign is over before the next offer period.",
                detail: "The new version would begin on \(day).")
        case .tooManyVersions:
            Problem(
                409, "too_many_versions", "The campaign has had too many versions.",
                detail: "At most \(ChangeCheck.versionsMax).")
        case .productsOfSet: invalid("/products", "not_the_set", "The products of a set are its discount, which stays.")
        case .nothingToFollow: invalid("/products", "nothing_to_follow", "It follows brands or categories.")
        case .holdoutOfEveryone: invalid("/eligibility", "open_campaign", "A campaign for everyone has no holdout.")
        case .depthsOfEveryone: invalid("/eligibility", "open_campaign", "A campaign for everyone is the same for all.")
        }
    }
}
