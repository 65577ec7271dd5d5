import Ledger

/// One story of money that is first kept and then paid, released or out of time, as a public ledger (TigerBeetle) publishes
/// it for its pending transfers. A pending transfer is our hold: to post it is to pay out of it, to void it to release its
/// quote.
///
/// Where ours differs, by decision:
/// - A refusal is not remembered (docs/decisions/0004): the same id may be used again. Theirs is spent.
/// - A hold always has an end. Theirs without a timeout stays for ever.
/// - What is posted of a hold is told by its transfers, of which there may be several; nothing is posted by a release.
/// - To release what was released or has run out changes nothing and is no error.
struct TwoPhaseScenario: Sendable, CustomStringConvertible {
    let name: String
    let steps: [Step]

    init(_ name: String, _ steps: [Step]) {
        self.name = name
        self.steps = steps
    }

    var description: String { name }

    /// The campaign's account has 100 minor units at the start of each story; so has another campaign.
    static let budget: Int64 = 100

    struct Step: Sendable {
        let action: Action
        let outcome: Outcome
        /// Minor units pending and spent of the first campaign afterwards; nil where the step before says it.
        var pending: Int64?
        var spent: Int64?
    }

    enum Action: Sendable {
        /// A hold by its name, good for so many seconds.
        case hold(String, Int64, seconds: Int64 = 900, onOther: Bool = false, quote: String? = nil)
        /// Pays so much out of a hold by a transfer of that name.
        case pay(String, Int64, by: String, toFee: Bool = false, in: String = "RUB")
        /// Pays so much as discount and so much as fee, both or neither.
        case payTwo(String, Int64, Int64, by: String)
        /// Releases the quote of a hold.
        case release(String)
        /// A transfer without a hold.
        case spend(Int64, by: String)
        /// Names, as a hold, the id of a transfer.
        case payTransfer(String, Int64, by: String)
        case wait(seconds: Int64)
        case sweep
    }

    enum Outcome: Sendable, Hashable {
        case done
        /// It stood already, with the same content; nothing moved.
        case replayed
        /// The stable code of the refusal, and the field that differs.
        case refused(String, field: String? = nil)
    }
}

extension TwoPhaseScenario.Step {
    static func hold(
        _ name: String, _ amount: Int64, seconds: Int64 = 900, onOther: Bool = false, quote: String? = nil
    ) -> Self {
        Self(action: .hold(name, amount, seconds: seconds, onOther: onOther, quote: quote), outcome: .done)
    }

    static func pay(_ hold: String, _ amount: Int64, by name: String, toFee: Bool = false, in asset: String = "RUB") -> Self {
        Self(action: .pay(hold, amount, by: name, toFee: toFee, in: asset), outcome: .done)
    }

    static func payTwo(_ hold: String, _ discount: Int64, _ fee: Int64, by name: String) -> Self {
        Self(action: .payTwo(hold, discount, fee, by: name), outcome: .done)
    }

    static func payTransfer(_ transfer: String, _ amount: Int64, by name: String) -> Self {
        Self(action: .payTransfer(transfer, amount, by: name), outcome: .done)
    }

    static func release(_ hold: String) -> Self { Self(action: .release(hold), outcome: .done) }
    static func spend(_ amount: Int64, by name: String) -> Self { Self(action: .spend(amount, by: name), outcome: .done) }
    static func wait(_ seconds: Int64) -> Self { Self(action: .wait(seconds: seconds), outcome: .done) }
    static var sweep: Self { Self(action: .sweep, outcome: .done) }

    var replays: Self { Self(action: action, outcome: .replayed, pending: pending, spent: spent) }

    func refused(_ code: String, _ field: String? = nil) -> Self {
        Self(action: action, outcome: .refused(code, field: field), pending: pending, spent: spent)
    }

    func leaves(pending: Int64, spent: Int64) -> Self {
        Self(action: action, outcome: outcome, pending: pending, spent: spent)
    }
}
