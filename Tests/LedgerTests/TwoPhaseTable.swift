extension TwoPhaseScenario {
    /// Each row states what it expects after each step.
    static let all: [TwoPhaseScenario] = paid + ended + timed + named

    private static let paid: [TwoPhaseScenario] = [
        TwoPhaseScenario("pending keeps, and spends nothing", [.hold("h", 15).leaves(pending: 15, spent: 0)]),
        TwoPhaseScenario(
            "posted whole", [.hold("h", 15), .pay("h", 15, by: "t").leaves(pending: 0, spent: 15)]),
        TwoPhaseScenario(
            "posted in part: the rest is free",
            [
                .hold("h", 100), .pay("h", 13, by: "t").leaves(pending: 0, spent: 13),
                .hold("rest", 87).leaves(pending: 87, spent: 13),
            ]),
        TwoPhaseScenario(
            "posted as two transfers together",
            [.hold("h", 15), .payTwo("h", 12, 3, by: "t").leaves(pending: 0, spent: 15)]),
        TwoPhaseScenario(
            "two transfers exceed the hold together: neither moves",
            [
                .hold("h", 15), .payTwo("h", 12, 4, by: "t").refused("exceeds_hold").leaves(pending: 15, spent: 0),
                .payTwo("h", 12, 3, by: "t").leaves(pending: 0, spent: 15),
            ]),
        TwoPhaseScenario(
            "exceeds the pending amount, by one",
            [.hold("h", 15), .pay("h", 16, by: "t").refused("exceeds_hold").leaves(pending: 15, spent: 0)]),
        TwoPhaseScenario(
            "exceeds the pending amount while the account has more",
            [.hold("h", 1), .pay("h", 100, by: "t").refused("exceeds_hold").leaves(pending: 1, spent: 0)]),
        TwoPhaseScenario(
            "pending of more than there is",
            [.hold("h", 101).refused("insufficient_funds").leaves(pending: 0, spent: 0)]),
        TwoPhaseScenario(
            "pending of more than others left",
            [
                .hold("a", 60), .spend(30, by: "t"), .hold("b", 11).refused("insufficient_funds"),
                .hold("b", 10).leaves(pending: 70, spent: 30),
            ]),
        TwoPhaseScenario(
            "what is pending is not spent beside it",
            [
                .hold("h", 60), .spend(41, by: "t").refused("insufficient_funds"),
                .spend(40, by: "t").leaves(pending: 60, spent: 40),
            ]),
        TwoPhaseScenario(
            "several pending, posted and voided in any order",
            [
                .hold("a", 15), .hold("b", 15), .hold("c", 7).leaves(pending: 37, spent: 0), .pay("b", 13, by: "t"),
                .release("a").leaves(pending: 7, spent: 13), .pay("c", 7, by: "u").leaves(pending: 0, spent: 20),
            ]),
    ]

    private static let ended: [TwoPhaseScenario] = [
        TwoPhaseScenario("voided", [.hold("h", 15), .release("h").leaves(pending: 0, spent: 0), .hold("all", 100)]),
        TwoPhaseScenario(
            "already posted, posted by another transfer",
            [
                .hold("h", 15), .pay("h", 13, by: "t"),
                .pay("h", 2, by: "u").refused("hold_already_posted").leaves(pending: 0, spent: 13),
            ]),
        TwoPhaseScenario(
            "already posted, voided",
            [
                .hold("h", 15), .pay("h", 13, by: "t"),
                .release("h").refused("hold_already_posted").leaves(pending: 0, spent: 13),
            ]),
        TwoPhaseScenario(
            "already voided, posted",
            [
                .hold("h", 15), .release("h"),
                .pay("h", 13, by: "t").refused("hold_already_voided").leaves(pending: 0, spent: 0),
            ]),
        TwoPhaseScenario("already voided, voided", [.hold("h", 15), .release("h"), .release("h").replays]),
        TwoPhaseScenario(
            "pending not found",
            [.pay("h", 13, by: "t").refused("hold_not_found").leaves(pending: 0, spent: 0)]),
        TwoPhaseScenario("pending not found, voided", [.release("h").refused("hold_not_found")]),
        TwoPhaseScenario(
            "pending not found: the id is of a posted transfer",
            [.spend(15, by: "t"), .payTransfer("t", 15, by: "u").refused("hold_not_found").leaves(pending: 0, spent: 15)]),
        TwoPhaseScenario(
            "a refused id may be used again",
            [
                .pay("h", 13, by: "t").refused("hold_not_found"), .hold("h", 15),
                .pay("h", 13, by: "t").leaves(pending: 0, spent: 13),
            ]),
    ]

    private static let timed: [TwoPhaseScenario] = [
        TwoPhaseScenario(
            "expired without a sweep, posted",
            [
                .hold("h", 15, seconds: 1), .wait(1),
                .pay("h", 15, by: "t").refused("hold_expired").leaves(pending: 15, spent: 0),
            ]),
        TwoPhaseScenario(
            "expired by a sweep, posted",
            [
                .hold("h", 15, seconds: 1), .wait(1), .sweep.leaves(pending: 0, spent: 0),
                .pay("h", 15, by: "t").refused("hold_expired").leaves(pending: 0, spent: 0),
            ]),
        TwoPhaseScenario(
            "posted in its last second",
            [.hold("h", 15, seconds: 2), .wait(1), .pay("h", 15, by: "t").leaves(pending: 0, spent: 15)]),
        TwoPhaseScenario(
            "expired without a sweep: its money is there for the next hold",
            [.hold("h", 100, seconds: 1), .wait(1), .hold("next", 100).leaves(pending: 100, spent: 0)]),
        TwoPhaseScenario(
            "expired without a sweep: its money is there to be spent",
            [.hold("h", 100, seconds: 1), .wait(1), .spend(100, by: "t").leaves(pending: 0, spent: 100)]),
        TwoPhaseScenario(
            "each expires at its own time",
            [
                .hold("a", 11, seconds: 1), .hold("b", 12, seconds: 2), .hold("c", 13, seconds: 3), .hold("d", 10),
                .wait(1), .sweep.leaves(pending: 35, spent: 0), .wait(1), .sweep.leaves(pending: 23, spent: 0),
                .wait(1), .sweep.leaves(pending: 10, spent: 0), .pay("d", 10, by: "t").leaves(pending: 0, spent: 10),
            ]),
        TwoPhaseScenario(
            "posted, then its time is up: it stays posted",
            [
                .hold("h", 15, seconds: 1), .pay("h", 13, by: "t"), .wait(1), .sweep.leaves(pending: 0, spent: 13),
                .pay("h", 13, by: "t").replays.leaves(pending: 0, spent: 13),
            ]),
        TwoPhaseScenario(
            "voided, then its time is up: it is voided, not expired",
            [.hold("h", 15, seconds: 1), .release("h"), .wait(1), .sweep, .pay("h", 1, by: "t").refused("hold_already_voided")]),
        TwoPhaseScenario(
            "expired, voided: nothing is left to release",
            [.hold("h", 15, seconds: 1), .wait(1), .sweep, .release("h").replays.leaves(pending: 0, spent: 0)]),
        TwoPhaseScenario(
            "a hold that is over when it is placed", [.hold("h", 15, seconds: 0).refused("hold_expired")]),
    ]

    private static let named: [TwoPhaseScenario] = [
        TwoPhaseScenario("pending again, the same", [.hold("h", 15), .hold("h", 15).replays.leaves(pending: 15, spent: 0)]),
        TwoPhaseScenario(
            "pending again with another amount",
            [.hold("h", 15), .hold("h", 14).refused("hold_exists", "amount").leaves(pending: 15, spent: 0)]),
        TwoPhaseScenario(
            "pending again on another account",
            [.hold("h", 15), .hold("h", 15, onOther: true).refused("hold_exists", "account_id").leaves(pending: 15, spent: 0)]),
        TwoPhaseScenario(
            "pending again for another quote",
            [.hold("h", 15), .hold("h", 15, quote: "other").refused("hold_exists", "quote_id").leaves(pending: 15, spent: 0)]),
        TwoPhaseScenario(
            "pending again later: the first end stands",
            [
                .hold("h", 15, seconds: 1), .hold("h", 15, seconds: 900).replays, .wait(1),
                .pay("h", 15, by: "t").refused("hold_expired"),
            ]),
        TwoPhaseScenario(
            "posted again, the same",
            [.hold("h", 15), .pay("h", 13, by: "t"), .pay("h", 13, by: "t").replays.leaves(pending: 0, spent: 13)]),
        TwoPhaseScenario(
            "posted again with another amount",
            [
                .hold("h", 15), .pay("h", 13, by: "t"),
                .pay("h", 14, by: "t").refused("transfer_exists", "amount").leaves(pending: 0, spent: 13),
            ]),
        TwoPhaseScenario(
            "posted again to another account",
            [
                .hold("h", 15), .pay("h", 13, by: "t"),
                .pay("h", 13, by: "t", toFee: true).refused("transfer_exists", "kind").leaves(pending: 0, spent: 13),
            ]),
        TwoPhaseScenario(
            "posted by a transfer that another hold has paid",
            [
                .hold("a", 15), .hold("b", 15), .pay("a", 13, by: "t"),
                .pay("b", 13, by: "t").refused("transfer_exists", "hold_id").leaves(pending: 15, spent: 13),
            ]),
        TwoPhaseScenario(
            "posted by a transfer that stands without a hold",
            [
                .spend(13, by: "t"), .hold("h", 15),
                .pay("h", 13, by: "t").refused("transfer_exists", "hold_id").leaves(pending: 15, spent: 13),
            ]),
        TwoPhaseScenario(
            "posted in another currency",
            [.hold("h", 15), .pay("h", 13, by: "t", in: "EUR").refused("wrong_currency").leaves(pending: 15, spent: 0)]),
        TwoPhaseScenario(
            "what is refused leaves the hold as it was",
            [
                .hold("h", 15), .pay("h", 16, by: "t").refused("exceeds_hold"),
                .pay("h", 15, by: "t", in: "EUR").refused("wrong_currency"), .pay("h", 15, by: "t").leaves(pending: 0, spent: 15),
            ]),
    ]
}
