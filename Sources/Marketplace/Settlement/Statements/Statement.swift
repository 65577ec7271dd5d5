package import Kernel
import Ledger
import Parties

package enum StatementKind: IDKind { package static let prefix = "statement" }
package typealias StatementID = TypedID<StatementKind>

package enum StatementState: String, CaseIterable, Sendable { case open, sealed }

/// The account of a wallet's money over a time: the wallet together with its campaigns. Statements of a wallet follow each
/// other without a gap; the last is open, and what is posted stands in it until it is sealed.
struct StatementHead: Sendable, Hashable {
    let id: StatementID
    let wallet: WalletID
    let account: AccountID
    /// Nil: the retailer's own wallet.
    let supplier: SupplierID?
    let agreement: AgreementID?
    let asset: Asset
    /// 1, 2, 3 of the wallet.
    let number: Int64
    let openedAt: Instant
    /// Nil while it is open.
    let seal: Seal?
    /// Minor units that the wallet and its campaigns had.
    let openingMinor: Int64
    let closingMinor: Int64
    /// Nil while it is open.
    let settlement: StatementSettlement?

    struct Seal: Sendable, Hashable {
        let at: Instant
        /// The statement that follows.
        let next: StatementID
    }

    var state: StatementState { seal == nil ? .open : .sealed }

    func sealed(_ seal: Seal) -> StatementHead {
        StatementHead(
            id: id, wallet: wallet, account: account, supplier: supplier, agreement: agreement, asset: asset, number: number,
            openedAt: openedAt, seal: seal, openingMinor: openingMinor, closingMinor: closingMinor,
            settlement: StatementSettlement(state: supplier == nil ? .acknowledged : .awaiting))
    }
}

/// A statement with its figures.
struct Statement: Sendable, Hashable {
    let head: StatementHead
    let figures: StatementFigures
}
