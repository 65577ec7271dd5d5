package import JSONText
import Kernel
package import Postgres
import Synchronization
import Tenancy

/// Receipts in bulk: history as it was, and what tills sold while they were offline. Discounts that tills gave, returns and
/// voids are settled as if the receipts had been posted one by one in the order of the file.
package final class ReceiptImport: ImportKind {
    /// How far back a load may reach: each month has a partition of its own.
    static let monthsBackMax = 360
    /// Products and stores that are remembered from chunk to chunk.
    static let rememberedMax = 2_000_000

    private let posting: any ReceiptPosting
    private let remembered = Mutex(Remembered())

    package init(_ posting: any ReceiptPosting) { self.posting = posting }

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

    package func stretches(of receipts: [Receipt]) -> [Range<Int>] {
        var (cuts, stretch) = ([0], ReceiptStretch(discountedMax: posting.receiptsMax))
        for (place, receipt) in receipts.enumerated() where !stretch.takes(receipt) {
            cuts.append(place)
            stretch = ReceiptStretch(discountedMax: posting.receiptsMax, beginningWith: receipt)
        }
        return zip(cuts, cuts.dropFirst() + [receipts.count]).map { $0..<$1 }
    }

    /// Attaches months in a transaction of its own, so that no chunk holds the lock on the table's definition.
    package func prepare(_ receipts: [Receipt], _ target: ImportTarget) async throws {
        let today = target.world.now().utcDay
        let taken = receipts.filter { Self.rejection(of: $0, today) == nil }
        let days = Set(taken.map(\.key.businessDay.startOfMonth))
        let discounted = Set(taken.filter(\.hasDiscounts).map(\.key.businessDay.startOfMonth))
        let isKnown = remembered.withLock {
            $0.months.isSuperset(of: days) && $0.monthsOfDiscounts.isSuperset(of: discounted)
        }
        guard !isKnown else { return }
        try await target.database.transaction(as: target.scope) { tx in
            let attached = try tx.attachedMonths()
            try tx.attachMonths(of: days.filter { !attached.has($0) })
        }
        if !discounted.isEmpty {
            let posting = posting
            try await target.database.transaction(as: target.scope) { tx in
                try posting.attachMonths(of: discounted.sorted(), in: tx)
            }
        }
        remembered.withLock {
            $0.months.formUnion(days)
            $0.monthsOfDiscounts.formUnion(discounted)
        }
    }

    package func apply(
        _ receipts: [Receipt], to target: ImportTarget, in tx: borrowing Transaction
    ) throws -> ImportApplied {
        let today = target.world.now().utcDay
        var verdicts = receipts.map { Self.rejection(of: $0, today) ?? .accepted }
        let places = verdicts.indices.filter { verdicts[$0] == .accepted }
        guard !places.isEmpty else { return ImportApplied(verdicts) }
        var filing = Filing(target.retailer, from: .history, in: target.world)
        (filing.knownStores, filing.knownProducts) = remembered.withLock { ($0.stores, $0.products) }
        let taken = places.count == receipts.count ? receipts : places.map { receipts[$0] }
        let posted = try post(taken, of: receipts.count, as: filing, in: tx)
        for (place, outcome) in zip(places, posted.filed.outcomes) { verdicts[place] = ImportVerdict(outcome) }
        let outcomes = zip(places, taken).compactMap { place, receipt in
            outcome(of: receipt, at: place, verdicts[place], posted.filed)
        }
        return ImportApplied(
            verdicts, outcomes: outcomes, claimedMinor: posted.claimedMinor, fundedMinor: posted.fundedMinor
        ) { [self] in remember(posted.filed) }
    }

    /// A refused receipt that stands alone among the others of its stretch, which are rejected anyhow, is still not alone.
    private func post(
        _ receipts: [Receipt], of count: Int, as filing: Filing, in tx: borrowing Transaction
    ) throws -> PostedInBulk {
        do {
            return try posting.post(receipts, as: filing, in: tx)
        } catch ImportStandsAlone.refused where count > 1 {
            throw ImportStandsAlone.wanted
        }
    }

    private func outcome(
        of receipt: Receipt, at place: Int, _ verdict: ImportVerdict, _ filed: FiledReceipts
    ) -> ImportOutcome? {
        guard receipt.hasDiscounts || receipt.kind != .sale, verdict == .accepted || verdict == .replayed,
            let store = filed.storeOrdinals[receipt.key.storeID]
        else { return nil }
        return ImportOutcome(
            place: place, isReplay: verdict == .replayed, key: StoredKey(receipt.key, storeOrdinal: store))
    }

    private func remember(_ filed: FiledReceipts) {
        remembered.withLock { remembered in
            let isFull = filed.storeOrdinals.count + filed.productOrdinals.count > Self.rememberedMax
            remembered.stores = isFull ? [:] : filed.storeOrdinals
            remembered.products = isFull ? [:] : filed.productOrdinals
        }
    }

    private static func rejection(of receipt: Receipt, _ today: BusinessDay) -> ImportVerdict? {
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
        var monthsOfDiscounts: Set<BusinessDay> = []
    }
}

extension ImportVerdict {
    package init(_ outcome: FilingOutcome) {
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
