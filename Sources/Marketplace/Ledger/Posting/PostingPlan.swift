import Kernel

/// What a posting will touch: locked and read before anything is decided.
package struct PostingPlan: Sendable {
    package var accounts: Set<AccountID> = []
    /// Shared accounts that are opened where they are not there yet; they are locked as well.
    package var opening: Set<SharedAccount> = []
    /// Transfers that may have been posted before.
    package var transfers: Set<TransferID> = []
    /// Transfers that will be undone.
    package var reversed: Set<TransferID> = []
    package var holds: Set<HoldID> = []

    package init() {}

    package mutating func add(_ transfers: some Sequence<NewTransfer>) {
        for transfer in transfers {
            accounts.insert(transfer.debit)
            accounts.insert(transfer.credit)
            self.transfers.insert(transfer.id)
            if let original = transfer.reverses {
                reversed.insert(original)
                self.transfers.insert(original)
            }
        }
    }

    package mutating func add(_ holds: some Sequence<NewHold>) {
        for hold in holds {
            accounts.insert(hold.account)
            self.holds.insert(hold.id)
        }
    }

    package mutating func add(_ holds: some Sequence<Hold>) {
        for hold in holds {
            accounts.insert(hold.account)
            self.holds.insert(hold.id)
        }
    }
}
