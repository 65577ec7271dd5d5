import Campaigns
import EventLog
import Kernel
import Ledger
import Parties
import Postgres
import Receipts

/// Tills post what shoppers have paid; the receipts of one retailer that come together are written together. Each is a
/// fact and is taken; each discount that a till gave is then paid once from its campaign's budget, or stands as unfunded
/// with its reason (DOMAIN 1). Each receipt has its own answer, the same as if it had come alone after those before it.
///
/// All that have discounts are sales, or none is: each kind locks accounts once.
///
/// Locks, in this order: the receipts' keys (their rows), accounts by id, held quotes and counters under them, the log's
/// head.
struct PostReceipts: Sendable {
    let receipts: [Receipt]
    let key: QuoteKey
    let memory: CampaignMemory
    let world: OutsideWorld

    typealias Answer = Result<PostedReceipt, any Error>

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

    func run(in tx: borrowing Transaction, of retailer: RetailerID) throws -> [Answer] {
        let policy = try tx.policy(of: retailer)
        let filing = Filing(retailer, from: .till(lateReceiptDays: policy.lateReceiptDays), in: world)
        let filed = try tx.file(receipts, as: filing)
        try checkRefusals(filed)
        let redemptions = try settle(filed, policy, in: tx, of: retailer, receivedAt: filing.receivedAt)
        return receipts.indices.map { place in
            switch filed.outcomes[place] {
            case .conflict(let differs): .failure(Refusal.conflict(differs: differs))
            case .refused(let refusal): .failure(refusal)
            case .quarantined: .success(answer("quarantined", [], place, filed))
            case .replayed: .success(answer("replayed", redemptions[place] ?? [], place, filed))
            case .accepted: .success(answer("accepted", redemptions[place] ?? [], place, filed))
            }
        }
    }

    /// Whoever is refused leaves nothing behind: neither a stub in the catalogue, nor a card that nobody had seen.
    private func checkRefusals(_ filed: FiledReceipts) throws {
        for outcome in filed.outcomes {
            switch outcome {
            case .accepted, .replayed, .quarantined: break
            case .conflict(let differs):
                if receipts.count == 1 { throw Refusal.conflict(differs: differs) }
                guard filed.stubStores.isEmpty, filed.stubProducts.isEmpty else { throw WantsToStandAlone() }
            case .refused(let refusal):
                if receipts.count == 1 { throw refusal }
                throw WantsToStandAlone()
            }
        }
    }

    /// The decisions on discounts, by the receipt's place; of those that were on file, what was decided then.
    func settle(
        _ filed: FiledReceipts, _ policy: Policy, in tx: borrowing Transaction, of retailer: RetailerID, receivedAt: Instant
    ) throws -> [Int: [Redemption]] {
        precondition(
            !receipts.contains(where: \.hasDiscounts) || receipts.allSatisfy { $0.kind == .sale },
            "sales with discounts are written apart from what corrects sales")
        let replayed = receipts.indices.filter { filed.outcomes[$0] == .replayed }
        var redemptions: [Int: [Redemption]] = [:]
        if !replayed.isEmpty {
            let found = try tx.redemptions(of: replayed.map { storedKey($0, filed) }, at: retailer)
            for place in replayed { redemptions[place] = found[storedKey(place, filed)] ?? [] }
        }
        let accepted = receipts.indices.filter { filed.outcomes[$0] == .accepted }
        let sales = accepted.filter { receipts[$0].hasDiscounts }.map { place in
            PostedSale(place: place, receipt: receipts[place], stored: storedKey(place, filed))
        }
        if !sales.isEmpty {
            let paid = try RedeemDiscounts(
                sales: sales, filed: filed, policy: policy, receivedAt: receivedAt, key: key, memory: memory,
                world: world
            ).run(in: tx, of: retailer)
            for (sale, paid) in zip(sales, paid) { redemptions[sale.place] = paid }
        }
        let corrections = accepted.filter { receipts[$0].kind != .sale }.map { place in
            GiveBackDiscounts.Correction(
                by: storedKey(place, filed), returned: filed.returns[place] ?? [], voided: filed.voided[place])
        }
        if !corrections.isEmpty {
            try GiveBackDiscounts(corrections: corrections, world: world).run(in: tx, of: retailer)
        }
        return redemptions
    }

    private func storedKey(_ place: Int, _ filed: FiledReceipts) -> StoredKey {
        let key = receipts[place].key
        return StoredKey(
            businessDay: key.businessDay, storeOrdinal: filed.storeOrdinals[key.storeID] ?? 0,
            till: key.till, shift: key.shift?.text ?? "", number: key.number)
    }

    /// A stub is reported once: to the first receipt that named it.
    private func answer(_ state: String, _ redemptions: [Redemption], _ place: Int, _ filed: FiledReceipts) -> PostedReceipt {
        guard !filed.stubProducts.isEmpty || !filed.stubStores.isEmpty else {
            return PostedReceipt(
                state: state, redemptions: redemptions, stubProducts: [], isStubStore: false, returns: filed.returns[place] ?? [])
        }
        let earlier = receipts[..<place]
        let named = Set(receipts[place].lines.map(\.productID))
        let stubs = filed.stubProducts.filter { stub in
            named.contains(stub) && !earlier.contains { $0.lines.contains { $0.productID == stub } }
        }
        let store = receipts[place].key.storeID
        return PostedReceipt(
            state: state, redemptions: redemptions, stubProducts: stubs,
            isStubStore: filed.stubStores.contains(store) && !earlier.contains { $0.key.storeID == store },
            returns: filed.returns[place] ?? [])
    }
}

/// An accepted sale of a batch on which a till gave discounts.
struct PostedSale: Sendable {
    /// In the batch.
    let place: Int
    let receipt: Receipt
    let stored: StoredKey
}
