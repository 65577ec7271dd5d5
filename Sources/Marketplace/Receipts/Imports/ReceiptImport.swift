package import JSONText
import Kernel
package import Postgres
import Synchronization
import Tenancy

/// Receipts in bulk: history as it was. A receipt with discounts of campaigns is refused here, since its money is
/// decided when it is posted one by one.
package final class ReceiptImport: ImportKind {
    /// How far back a load may reach: each month has a partition of its own.
    static let monthsBackMax = 360
    /// Products and stores that are remembered from chunk to chunk.
    static let rememberedMax = 2_000_000

    private let remembered = Mutex(Remembered())

    package init() {}

    package var word: ImportWord { .receipts }
    package var columns: [ImportColumn] { ReceiptRows.columns }

    package func item(line: ArraySlice<UInt8>) throws -> Receipt {
        if let receipt = ReceiptLineDecoder.receipt(in: line) { return receipt }
        return try item(json: try JSONLine.parse(line))
    }

    package func item(json: JSONValue) throws -> Receipt { try Receipt.parse(json) }

    package func rows(of header: ImportHeader) -> any ImportRows<Receipt> { ReceiptRows(header) }

    package func weight(of receipt: Receipt) -> Int { receipt.lines.count + 1 }

    package func content(of receipt: Receipt) -> [UInt8] { receipt.jsonBytes }

    /// Attaches months in a transaction of its own, so that no chunk holds the lock on the table's definition.
    package func prepare(_ receipts: [Receipt], _ target: ImportTarget) async throws {
        let today = target.world.now().utcDay
        let days = Set(receipts.filter { Self.rejection(of: $0, today) == nil }.map(\.key.businessDay.startOfMonth))
        guard !remembered.withLock({ $0.months.isSuperset(of: days) }) else { return }
        try await target.database.transaction(as: target.scope) { tx in
            let attached = try tx.attachedMonths()
            try tx.attachMonths(of: days.filter { !attached.has($0) })
        }
        remembered.withLock { $0.months.formUnion(days) }
    }

    package func apply(
        _ receipts: [Receipt], to target: ImportTarget, in tx: borrowing Transaction
    ) throws -> ImportApplied {
        let today = target.world.now().utcDay
        var verdicts = receipts.map { Self.rejection(of: $0, today) ?? .accepted }
        let places = verdicts.indices.filter { verdicts[$0] == .accepted }
        var filing = Filing(target.retailer, from: .history, in: target.world)
        (filing.knownStores, filing.knownProducts) = remembered.withLock { ($0.stores, $0.products) }
        let filed = try tx.file(places.count == receipts.count ? receipts : places.map { receipts[$0] }, as: filing)
        for (place, outcome) in zip(places, filed.outcomes) { verdicts[place] = ImportVerdict(outcome) }
        return ImportApplied(verdicts) { [self] in remember(filed) }
    }

    private func remember(_ filed: FiledReceipts) {
        remembered.withLock { remembered in
            let isFull = filed.storeOrdinals.count + filed.productOrdinals.count > Self.rememberedMax
            remembered.stores = isFull ? [:] : filed.storeOrdinals
            remembered.products = isFull ? [:] : filed.productOrdinals
        }
    }

    private static func rejection(of receipt: Receipt, _ today: BusinessDay) -> ImportVerdict? {
        if receipt.lines.contains(where: { !$0.discounts.isEmpty }) {
            return .rejected(
                code: "discounts_in_bulk", detail: "A receipt with campaign discounts is posted by itself.", pointer: "/lines")
        }
        let day = receipt.key.businessDay
        if day > today.adding(days: 1) {
            return .rejected(code: "in_the_future", detail: "The business day has not begun.", pointer: "/business_day")
        }
        if day < today.adding(days: -Int32(monthsBackMax) * 30) {
            return .rejected(code: "too_old", detail: "The business day is too long ago.", pointer: "/business_day")
        }
        return nil
    }

    private struct Remembered {
        var stores: [ExternalID: Int32] = [:]
        var products: [ExternalID: Int32] = [:]
        var months: Set<BusinessDay> = []
    }
}

extension ImportVerdict {
    init(_ outcome: FilingOutcome) {
        switch outcome {
        case .accepted: self = .accepted
        case .replayed: self = .replayed
        case .conflict(let differs):
            self = .rejected(
                code: "receipt_conflict",
                detail: "A receipt of this key is on file with other content: \(differs.joined(separator: ", ")).",
                pointer: differs.first ?? "")
        case .quarantined(let reason): self = .rejected(code: reason.rawValue, detail: "Waits in quarantine.", pointer: "")
        case .refused(let refusal):
            let problem = refusal.problem
            self = .rejected(code: problem.code, detail: problem.detail ?? problem.title, pointer: "")
        }
    }
}
