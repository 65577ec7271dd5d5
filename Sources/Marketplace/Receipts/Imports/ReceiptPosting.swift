package import Kernel
package import Postgres

/// Takes receipts of a bulk load in as Checkout takes in those that tills post one by one: files them, and decides on their
/// discounts and on what their returns and voids give back, by the same rules.
package protocol ReceiptPosting: Sendable {
    /// Receipts with discounts of one transaction: as many as a group commit writes, so that tills wait no longer for the
    /// accounts of campaigns than behind each other.
    var receiptsMax: Int { get }

    /// Makes room for what is written about discounts of these days. In a transaction of its own.
    func attachMonths(of days: [BusinessDay], in tx: borrowing Transaction) throws

    /// All receipts with discounts among them are sales, or none is. Throws `ImportStandsAlone`.
    func post(_ receipts: [Receipt], as filing: Filing, in tx: borrowing Transaction) throws -> PostedInBulk
}

/// What became of receipts of a bulk load.
package struct PostedInBulk: Sendable {
    package let filed: FiledReceipts
    /// What the discounts of receipts that were accepted claim, and what was paid of it, in minor units.
    package let claimedMinor: Int64
    package let fundedMinor: Int64

    package init(filed: FiledReceipts, claimedMinor: Int64, fundedMinor: Int64) {
        self.filed = filed
        self.claimedMinor = claimedMinor
        self.fundedMinor = fundedMinor
    }
}
