import Catalogue
package import Kernel
package import Postgres
import Shoppers

/// Whose receipts are filed, when they came and from where.
package struct Filing: Sendable {
    package let retailer: RetailerID
    package let origin: ReceiptOrigin
    package let world: OutsideWorld
    package let receivedAt: Instant
    /// Numbers that the caller knows from an earlier, committed batch; they never change.
    package var knownStores: [ExternalID: Int32] = [:]
    package var knownProducts: [ExternalID: Int32] = [:]
    /// Where those come from on which a till gave discounts, if from elsewhere than the others.
    package var originOfDiscounted: ReceiptOrigin?

    package init(_ retailer: RetailerID, from origin: ReceiptOrigin, in world: OutsideWorld) {
        self.retailer = retailer
        self.origin = origin
        self.world = world
        receivedAt = world.now()
    }

    func origin(of receipt: Receipt) -> ReceiptOrigin {
        originOfDiscounted.flatMap { receipt.hasDiscounts ? $0 : nil } ?? origin
    }
}

extension Transaction {
    /// Receipts of one filing.
    package static var receiptsMax: Int { 10_000 }

    /// Files receipts as facts, each with its own outcome, in a few statements for all of them. Nothing of a receipt
    /// that is not `accepted` is changed. A receipt of the batch may return or void a sale of the same batch.
    ///
    /// Locks, in this order: counters of new ids, new receipts by key, sales that are returned or voided by key.
    /// The caller appends its events afterwards.
    package func file(_ receipts: [Receipt], as filing: Filing) throws -> FiledReceipts {
        precondition(receipts.count <= Self.receiptsMax, "too many receipts in one filing")
        var filed = FiledReceipts(count: receipts.count)
        let places = try quarantine(receipts, filing, &filed)
        guard !places.isEmpty else { return filed }
        try number(places.map { receipts[$0] }, filing, &filed)
        let staged = places.map { StagedReceipt($0, receipts[$0], filed, filing) }
        let (unique, duplicates) = withoutDuplicates(staged)
        let (sales, corrections) = (unique.filter { $0.kind == .sale }, unique.filter { $0.kind != .sale })
        try insertOrCompare(sales, filing.retailer, &filed)
        if !corrections.isEmpty { try correct(corrections, receipts, filing, &filed) }
        for (duplicate, first) in duplicates { filed.outcomes[duplicate.place] = duplicate.outcome(after: first, filed) }
        return filed
    }

    /// The places of receipts that can be filed; the others are put aside.
    private func quarantine(_ receipts: [Receipt], _ filing: Filing, _ filed: inout FiledReceipts) throws -> [Int] {
        let months = try attachedMonths()
        var places: [Int] = []
        var missing: Set<BusinessDay> = []
        for (place, receipt) in receipts.enumerated() {
            let day = receipt.key.businessDay
            if let reason = filing.quarantineReason(day, months) {
                filed.outcomes[place] = .quarantined(reason)
                try insertQuarantined(receipt, reason, filing)
            } else {
                places.append(place)
                if !months.has(day) { missing.insert(day.startOfMonth) }
            }
        }
        try attachMonths(of: missing)
        return places
    }

    private func number(_ receipts: [Receipt], _ filing: Filing, _ filed: inout FiledReceipts) throws {
        var (stores, products, shoppers) = (Set<ExternalID>(), Set<ExternalID>(), Set<ExternalID>())
        filed.storeOrdinals = filing.knownStores
        filed.productOrdinals = filing.knownProducts
        for receipt in receipts {
            if filing.knownStores[receipt.key.storeID] == nil { stores.insert(receipt.key.storeID) }
            if let shopper = receipt.shopperID { shoppers.insert(shopper) }
            for line in receipt.lines where filing.knownProducts[line.productID] == nil { products.insert(line.productID) }
        }
        if !stores.isEmpty {
            let ensured = try ensureStores(stores.sorted(), of: filing.retailer, at: filing.receivedAt)
            filed.storeOrdinals.merge(ensured.ordinals) { first, _ in first }
            filed.stubStores = ensured.created
        }
        if !products.isEmpty {
            let ensured = try ensureProducts(products.sorted(), of: filing.retailer, at: filing.receivedAt)
            filed.productOrdinals.merge(ensured.ordinals) { first, _ in first }
            filed.stubProducts = ensured.created
        }
        guard !shoppers.isEmpty else { return }
        filed.shoppers = try keptCards(for: shoppers.sorted(), of: filing.retailer)
        let fresh = try newShoppers(receipts, filing, filed)
        filed.newCards = fresh
        filed.shoppers.merge(try makeCards(for: fresh, of: filing.retailer, at: filing.receivedAt)) { first, _ in first }
    }

    /// Unknown ids of receipts that are not on file. A receipt that is sent again names maybe a shopper who was erased since:
    /// it makes nobody new.
    private func newShoppers(_ receipts: [Receipt], _ filing: Filing, _ filed: FiledReceipts) throws -> [ExternalID] {
        let unknown = receipts.filter { receipt in receipt.shopperID.map { filed.shoppers[$0] == nil } ?? false }
        guard !unknown.isEmpty else { return [] }
        let keys = unknown.map { StoredKey($0.key, storeOrdinal: filed.storeOrdinals[$0.key.storeID] ?? 0) }
        let present = try fingerprints(of: keys, filing.retailer)
        return Set(zip(unknown, keys).compactMap { present[$1] == nil ? $0.shopperID : nil }).sorted()
    }

    /// Of several receipts of the batch with one key the first is filed and the others are compared with it. In the order of
    /// their keys.
    private func withoutDuplicates(
        _ staged: [StagedReceipt]
    ) -> (unique: [StagedReceipt], duplicates: [(StagedReceipt, of: StagedReceipt)]) {
        var first: [StoredKey: Int] = [:]
        first.reserveCapacity(staged.count)
        var (unique, duplicates): ([StagedReceipt], [(StagedReceipt, of: StagedReceipt)]) = ([], [])
        unique.reserveCapacity(staged.count)
        for receipt in staged {
            if let index = first[receipt.key] {
                duplicates.append((receipt, of: unique[index]))
            } else {
                first[receipt.key] = unique.count
                unique.append(receipt)
            }
        }
        return (unique.sorted { $0.key < $1.key }, duplicates)
    }

    /// Inserts those that are new; compares the others with what is on file.
    func insertOrCompare(_ staged: [StagedReceipt], _ retailer: RetailerID, _ filed: inout FiledReceipts) throws {
        guard !staged.isEmpty else { return }
        let present = try insert(staged, of: retailer)
        guard !present.isEmpty else { return }
        try compare(present.map { staged[$0] }, retailer, &filed)
    }

    /// Answers receipts whose keys are on file.
    func compare(_ staged: [StagedReceipt], _ retailer: RetailerID, _ filed: inout FiledReceipts) throws {
        let fingerprints = try fingerprints(of: staged.map(\.key), retailer)
        let others = staged.filter { fingerprints[$0.key] != $0.fingerprint }
        for receipt in staged { filed.outcomes[receipt.place] = .replayed }
        guard !others.isEmpty else { return }
        let stored = try storedReceipts(others.map(\.key), of: retailer)
        for receipt in others {
            let isAnonymous = fingerprints[receipt.key] == Receipt.anonymousFingerprint
            if isAnonymous, stored[receipt.key].map(receipt.facts.isApartFromShopper) ?? false { continue }
            let differs = stored[receipt.key].map { receipt.differs(from: $0) } ?? ["/"]
            filed.outcomes[receipt.place] = .conflict(differs: differs)
        }
    }
}

extension Filing {
    /// A till's clock may be a day ahead of ours. History may be of any month, but not of the future.
    fileprivate func quarantineReason(_ day: BusinessDay, _ months: AttachedMonths) -> QuarantineReason? {
        if day > receivedAt.utcDay.adding(days: 1) { return .inTheFuture }
        guard case .till = origin, let oldest = months.oldest, day < oldest else { return nil }
        return .olderThanOldestMonth
    }
}

extension StagedReceipt {
    /// What becomes of a receipt with the key of an earlier one of the batch: it is that one again, and answered as a till's
    /// second try would be, or another.
    fileprivate func outcome(after first: StagedReceipt, _ filed: FiledReceipts) -> FilingOutcome {
        guard fingerprint == first.fingerprint else { return .conflict(differs: differs(from: first)) }
        let outcome = filed.outcomes[first.place]
        return outcome == .accepted ? .replayed : outcome
    }
}
