import Campaigns
import EventLog
import Kernel
import Ledger
import Parties
import Postgres
import Receipts

/// A till posts what the shopper has paid. The receipt is a fact and is taken; each discount that the till gave is then
/// paid once from its campaign's budget, or stands as unfunded with its reason (DOMAIN 1).
///
/// Locks, in this order: the receipt's key (its row), accounts by id, held quotes and counters under them, the log's head.
struct PostReceipt: Sendable {
    let receipt: Receipt
    let key: QuoteKey
    let world: OutsideWorld

    enum Refusal: Kernel.Refusal {
        case conflict(differs: [String])

        var problem: Problem {
            switch self {
            case .conflict(let differs):
                Problem(
                    409, "receipt_exists", "A receipt with this key and other content is on file.",
                    fields: differs.map { FieldProblem(pointer: $0, code: "differs", detail: "Differs from the one on file.") })
            }
        }
    }

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws -> PostedReceipt {
        let origin = ReceiptOrigin.till(lateReceiptDays: try tx.policy(of: retailer).lateReceiptDays)
        let filing = Filing(retailer, from: origin, in: world)
        let filed = try tx.file([receipt], as: filing)
        switch filed.outcomes[0] {
        case .conflict(let differs): throw Refusal.conflict(differs: differs)
        case .refused(let refusal): throw refusal
        case .quarantined: return answer("quarantined", [], filed)
        case .replayed: return answer("replayed", try tx.redemptions(of: storedKey(filed), at: retailer), filed)
        case .accepted: break
        }
        let redemptions = try settle(filed, in: tx, of: retailer, receivedAt: filing.receivedAt)
        return answer("accepted", redemptions, filed)
    }

    private func settle(
        _ filed: FiledReceipts, in tx: borrowing Transaction, of retailer: RetailerID, receivedAt: Instant
    ) throws -> [Redemption] {
        let stored = storedKey(filed)
        switch receipt.kind {
        case .sale:
            guard receipt.lines.contains(where: { !$0.discounts.isEmpty }) else { return [] }
            return try RedeemDiscounts(
                receipt: receipt, stored: stored, filed: filed, receivedAt: receivedAt, key: key, world: world
            ).run(in: tx, of: retailer)
        case .return:
            let lines = filed.returns[0] ?? []
            try ReturnRedemptions(returned: lines, by: stored, world: world).run(in: tx, of: retailer)
            return []
        case .void:
            if let voided = filed.voided[0] {
                try VoidRedemptions(voided: voided, by: stored, world: world).run(in: tx, of: retailer)
            }
            return []
        }
    }

    private func storedKey(_ filed: FiledReceipts) -> StoredKey {
        StoredKey(
            businessDay: receipt.key.businessDay, storeOrdinal: filed.storeOrdinals[receipt.key.storeID] ?? 0,
            till: receipt.key.till, shift: receipt.key.shift?.text ?? "", number: receipt.key.number)
    }

    private func answer(_ state: String, _ redemptions: [Redemption], _ filed: FiledReceipts) -> PostedReceipt {
        PostedReceipt(
            state: state, redemptions: redemptions, stubProducts: filed.stubProducts, isStubStore: !filed.stubStores.isEmpty,
            returns: filed.returns[0] ?? [])
    }
}
