package import Kernel
import Postgres

/// What an account is for (LEDGER_AND_WEBHOOKS rule 3).
package enum AccountKind: String, CaseIterable, SQLWord {
    /// The bank: below zero by what it brought in.
    case external
    /// The retailer's own budgets.
    case allocation
    /// A prepaid balance.
    case wallet
    /// What one wallet put into one campaign.
    case campaign
    /// Owed to the retailer for one owner's campaigns.
    case payable
    case fee
    /// Between payable and the bank; returns to zero.
    case clearing

    /// Whether the database refuses a balance below zero.
    package var isLimited: Bool { self == .wallet || self == .campaign }
}

/// An account with its four counters, as it stands under the transaction's lock. The balance is credits minus debits.
/// A limited account never has more debits, posted and pending together, than posted credits.
package struct Account: Sendable, Hashable {
    package let id: AccountID
    package let kind: AccountKind
    package let asset: Asset
    /// Whose money it is: a supplier's, or the retailer's own where nil.
    package let supplier: SupplierID?
    package let campaign: Identifier?
    package internal(set) var debitsPending: Int64
    package internal(set) var debitsPosted: Int64
    package internal(set) var creditsPending: Int64
    package internal(set) var creditsPosted: Int64
    /// The number of its last entry.
    package internal(set) var seq: Int64
    /// Minor units that launches and extensions put into a campaign's account; 0 of others, and where a program wrote it that
    /// did not count them.
    package internal(set) var putIn: Int64
    /// A wallet whose available balance falls below so many minor units tells of it; nil: it does not.
    package let lowBalance: Int64?

    /// Minor units posted: credits minus debits.
    package var balance: Int64 { creditsPosted - debitsPosted }

    /// Minor units that may still be spent or held.
    package var available: Int64 { balance - debitsPending }

    func canSpend(_ amount: Int64) -> Bool { !kind.isLimited || amount <= available }

    /// With one more posted debit; nil where the counter would not fit into 64 bits.
    func debited(by amount: Int64) -> Account? {
        let (sum, overflow) = debitsPosted.addingReportingOverflow(amount)
        guard !overflow, sum <= Self.counterMax else { return nil }
        var account = self
        account.debitsPosted = sum
        account.seq += 1
        return account
    }

    /// With one more posted credit; nil where the counter would not fit into 64 bits.
    func credited(by amount: Int64) -> Account? {
        let (sum, overflow) = creditsPosted.addingReportingOverflow(amount)
        guard !overflow, sum <= Self.counterMax else { return nil }
        var account = self
        account.creditsPosted = sum
        account.seq += 1
        return account
    }

    /// A campaign's account into which a wallet put so much, or from which it got so much back: below zero.
    func funded(by amount: Int64) -> Account {
        var account = self
        if kind == .campaign { account.putIn = max(0, putIn + amount) }
        return account
    }

    /// Half of 64 bits, so that sums and differences of two counters fit too.
    static let counterMax = Int64.max / 2
}
