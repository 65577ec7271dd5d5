extension RankingReport {
    /// A table for people.
    package var text: String {
        (["\(set)"] + grains.flatMap(\.lines) + (level?.lines ?? [])).joined(separator: "\n")
    }
}

extension RankingReport.Grain {
    fileprivate var lines: [String] {
        ["", "\(name): \(offers) offers, \(users) users", "  \("score".padded(24))    AUC  lift at 10 %"]
            + scores.map { name, measure in
                let mark = name == bestSingle ? "  best single" : ""
                return "  \(name.padded(24))  \(measure.auc.digits(3))  \(measure.lift.digits(2))\(mark)"
            } + (spread.map(lines) ?? []) + [goalLine]
    }

    private func lines(_ spread: PairedBootstrap.Outcome) -> [String] {
        [
            "  standard error of ours: \(spread.auc.standardError.digits(3)) and \(spread.lift.standardError.digits(2))",
            "  ours minus logistic, middle 90 % of draws: AUC \(spread.aucDifference.text(3)), lift \(spread.liftDifference.text(2))",
        ]
    }

    private var goalLine: String {
        "  goal \(goal.auc.digits(3)) and \(goal.lift.digits(2)): \(verdict.rawValue)"
    }
}

extension RankingReport.Grain {
    /// A goal is reached, or lies within two standard errors, or is missed.
    package enum Verdict: String, Sendable {
        case met
        case withinError = "within two standard errors"
        case missed
    }

    package var verdict: Verdict {
        guard let ours = measure(EvaluateRanking.ours) else { return .missed }
        if ours.auc >= goal.auc, ours.lift >= goal.lift { return .met }
        guard let spread else { return .missed }
        let isNear =
            ours.auc + 2 * spread.auc.standardError >= goal.auc && ours.lift + 2 * spread.lift.standardError >= goal.lift
        return isNear ? .withinError : .missed
    }
}

extension RankingReport.Level {
    fileprivate var lines: [String] {
        let head = ["", "redeemers by campaign: expected (P10 to P90), actual"]
        let rows = campaigns.map { campaign in
            "  \(campaign.id.padded(4)) \(campaign.shown) shown, \(campaign.expected.digits(1)) (\(campaign.p10) to \(campaign.p90)), "
                + "\(campaign.actual)\(campaign.isInside ? "" : "  outside")\(campaign.isWhole ? "" : "  goes on after the last receipt")"
        }
        return head + rows + [sum("all, what goes on counted so far"), whole.sum("those that end within the receipts")]
            + ["  goal: expected within 25 % of actual, 65 to 95 % of campaigns inside"]
    }

    private func sum(_ name: String) -> String {
        "  \(name): \(expected.digits(1)) expected, \(actual) actual, ratio \((ratio ?? 0).digits(2)), "
            + "\((insideShare * 100).digits(0)) % inside"
    }
}

extension PairedBootstrap.Spread {
    fileprivate func text(_ digits: Int) -> String { "\(low.digits(digits)) to \(high.digits(digits))" }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
