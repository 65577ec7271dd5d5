package import EventLog
package import Kernel
import Postgres

/// Why money moves, as the statement names it.
package enum TransferKind: String, CaseIterable, SQLWord {
    case topUp = "top_up"
    case allocation, launch, redemption, fee
    case `return`
    case feeReturn = "fee_return"
    /// A supplier bears a discount that no budget paid, by its agreement; and gets it back with a return.
    case unfunded
    case unfundedReturn = "unfunded_return"
    case release, close, settlement, payment, refund, correction
}

/// Money on its way from one account to another of the same asset. Its id is the claim: posted once, whatever is sent again.
package struct NewTransfer: Sendable, Hashable {
    package let id: TransferID
    package let kind: TransferKind
    package let debit: AccountID
    package let credit: AccountID
    /// More than zero.
    package let amount: Money
    package let campaign: Identifier?
    /// What caused it, opaque to the ledger.
    package let cause: EventSubject
    package let businessDay: BusinessDay
    /// The transfer that this one undoes, in whole or in part: each is undone at most once.
    package let reverses: TransferID?

    package init(
        id: TransferID, kind: TransferKind, debit: AccountID, credit: AccountID, amount: Money, campaign: Identifier? = nil,
        cause: EventSubject, businessDay: BusinessDay, reverses: TransferID? = nil
    ) {
        precondition(amount.minor > 0, "a transfer moves something")
        precondition(debit != credit, "a transfer has two accounts")
        self.id = id
        self.kind = kind
        self.debit = debit
        self.credit = credit
        self.amount = amount
        self.campaign = campaign
        self.cause = cause
        self.businessDay = businessDay
        self.reverses = reverses
    }

    /// The first column in which two transfers of one id differ; nil where they are the same.
    func firstDifference(from other: NewTransfer) -> String? {
        if kind != other.kind { return "kind" }
        if debit != other.debit { return "debit_account_id" }
        if credit != other.credit { return "credit_account_id" }
        if amount.minor != other.amount.minor { return "amount" }
        if amount.asset != other.amount.asset { return "asset" }
        if campaign != other.campaign { return "campaign_id" }
        if cause != other.cause { return "cause" }
        if businessDay != other.businessDay { return "business_day" }
        return reverses == other.reverses ? nil : "reverses_id"
    }
}

/// A transfer that stands in the books.
package struct PostedTransfer: Sendable, Hashable {
    package let transfer: NewTransfer
    package let postedAt: Instant
    /// True where it stood before this call: the same was sent again.
    package let isReplay: Bool

    package init(transfer: NewTransfer, postedAt: Instant, isReplay: Bool) {
        self.transfer = transfer
        self.postedAt = postedAt
        self.isReplay = isReplay
    }
}
