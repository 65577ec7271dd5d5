package import Kernel
import Postgres

package enum HoldState: String, CaseIterable, SQLWord {
    case pending, posted, voided, expired
}

/// Money of a campaign's account that a quote is about to keep.
package struct NewHold: Sendable, Hashable {
    package let id: HoldID
    package let account: AccountID
    package let quote: Identifier
    /// More than zero.
    package let amount: Money
    package let expiresAt: Instant

    package init(id: HoldID, account: AccountID, quote: Identifier, amount: Money, expiresAt: Instant) {
        precondition(amount.minor > 0, "a hold keeps something")
        self.id = id
        self.account = account
        self.quote = quote
        self.amount = amount
        self.expiresAt = expiresAt
    }
}

/// Money that is kept for a quote: pending, then posted (in whole or in part), voided or expired, once. While it is
/// pending its amount is part of the account's `debits_pending`.
package struct Hold: Sendable, Hashable {
    package let id: HoldID
    package let account: AccountID
    package let quote: Identifier
    /// Minor units kept.
    package let amount: Int64
    package internal(set) var postedAmount: Int64
    package internal(set) var state: HoldState
    package let expiresAt: Instant
    package let createdAt: Instant
    package internal(set) var resolvedAt: Instant?

    /// Its time is up: it can no longer be posted.
    package func isDue(at now: Instant) -> Bool { state == .pending && expiresAt <= now }

    /// The first column in which a second placing of this hold differs. The expiry is not compared: the first one stands.
    func firstDifference(from new: NewHold) -> String? {
        if account != new.account { return "account_id" }
        if quote != new.quote { return "quote_id" }
        return amount == new.amount.minor ? nil : "amount"
    }
}
