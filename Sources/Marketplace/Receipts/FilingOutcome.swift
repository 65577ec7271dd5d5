package import Kernel
package import Shoppers

/// What became of one receipt that was filed.
package enum FilingOutcome: Hashable, Sendable {
    case accepted
    /// The same key with the same content is already there: nothing was done.
    case replayed
    /// The same key with other content is already there; the JSON members that differ.
    case conflict(differs: [String])
    /// It came whole but cannot be filed; it waits in quarantine for a person.
    case quarantined(QuarantineReason)
    case refused(FilingRefusal)

    /// Whether the receipt stands on file, or waits in quarantine.
    var isTaken: Bool {
        switch self {
        case .accepted, .replayed, .quarantined: true
        case .conflict, .refused: false
        }
    }
}

package enum QuarantineReason: String, CaseIterable, Sendable {
    case olderThanOldestMonth = "older_than_oldest_month"
    case inTheFuture = "in_the_future"
}

/// Why a receipt contradicts what is on file.
package enum FilingRefusal: Refusal, Hashable {
    /// The sale that a void names is not there. It may be sent again once the sale is.
    case originalMissing
    case alreadyVoided
    /// Lines of the sale came back already.
    case alreadyReturned
    /// A return is a document of its own: it is not undone by a void.
    case returnCannotBeVoided
    /// More would come back of a line than was sold (DOMAIN 8).
    case returnExceedsLine(lineNo: Int32, quantityMilliLeft: Int64, amountLeft: Int64?)
    /// The returned line names a line of another product, or none of the sale.
    case originalLineDiffers(lineNo: Int32)

    package var problem: Problem {
        switch self {
        case .originalMissing:
            Problem(409, "original_missing", "The sale that is to be undone is not on file.")
        case .alreadyVoided: Problem(409, "already_voided", "The sale is undone already.")
        case .alreadyReturned: Problem(409, "already_returned", "Lines of the sale came back already.")
        case .returnCannotBeVoided: Problem(409, "return_cannot_be_voided", "A return is not undone by a void.")
        case .returnExceedsLine(let line, let quantity, let amount):
            Problem(
                409, "return_exceeds_line", "More would come back than was sold.",
                detail: "Line \(line): \(quantity) thousandths" + (amount.map { " and \($0) minor units" } ?? "")
                    + " are left to return.")
        case .originalLineDiffers(let line):
            Problem(
                409, "original_line_differs", "The sale has no such line of this product.",
                detail: "Line \(line) names a line that is not there or of another product.")
        }
    }
}

/// The answers to a batch, each at its receipt's place, and what else a caller in the same transaction needs.
package struct FiledReceipts: Sendable {
    package var outcomes: [FilingOutcome]
    /// Ids that the catalogue did not know: taken in as stubs, reported to the retailer.
    package var stubStores: [ExternalID] = []
    package var stubProducts: [ExternalID] = []
    /// Ids of shoppers whom nobody knew, who have a card since.
    package var newCards: [ExternalID] = []
    package var storeOrdinals: [ExternalID: Int32] = [:]
    package var productOrdinals: [ExternalID: Int32] = [:]
    package var shoppers: [ExternalID: CardOwner] = [:]
    /// By place in the batch: the lines of accepted returns, with the sold lines that they were matched to.
    package var returns: [Int: [ReturnedLine]] = [:]
    /// By place in the batch: the sales that accepted voids undid.
    package var voided: [Int: StoredKey] = [:]

    /// Whether a receipt that was not taken would leave something behind: a stub or a card that none of those that were
    /// taken names.
    package func leavesTraces(of receipts: [Receipt]) -> Bool {
        let refused = outcomes.indices.filter { !outcomes[$0].isTaken }
        guard !refused.isEmpty, !(stubStores.isEmpty && stubProducts.isEmpty && newCards.isEmpty) else { return false }
        var made = Set(stubStores.map(Name.store) + stubProducts.map(Name.product) + newCards.map(Name.card))
        for place in outcomes.indices where outcomes[place].isTaken { made.subtract(Name.all(of: receipts[place])) }
        return refused.contains { !made.isDisjoint(with: Name.all(of: receipts[$0])) }
    }

    private enum Name: Hashable {
        case store(ExternalID), product(ExternalID), card(ExternalID)

        static func all(of receipt: Receipt) -> [Name] {
            [.store(receipt.key.storeID)] + receipt.lines.map { .product($0.productID) }
                + (receipt.shopperID.map { [.card($0)] } ?? [])
        }
    }

    package var shopperKeys: [ExternalID: Int64] { shoppers.mapValues(\.shopper) }

    init(count: Int) { outcomes = Array(repeating: .accepted, count: count) }
}
