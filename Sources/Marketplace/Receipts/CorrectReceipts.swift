import Catalogue
import EventLog
import Kernel
import Postgres

/// Returns and voids: receipts that change what an earlier one means. The sales they name are locked first, so that two
/// returns of one line, or a return and a void, are judged one after the other.
extension Transaction {
    func correct(
        _ staged: [StagedReceipt], _ receipts: [Receipt], _ filing: Filing, _ filed: inout FiledReceipts
    ) throws {
        let named = try namedSales(staged, receipts, filing)
        let searched = try candidates(for: staged.filter { $0.kind == .return }, receipts, filing)
        let keys = Set(named.values).union(searched.values.flatMap { $0.map(\.key) })
        let sales = try lockSales(keys.sorted(), of: filing.retailer)
        let present = Set(try fingerprints(of: staged.map(\.key), filing.retailer).keys)
        try compare(staged.filter { present.contains($0.key) }, filing.retailer, &filed)
        let fresh = staged.filter { !present.contains($0.key) }
        var corrections = Corrections(
            named: named, candidates: searched, sales: sales,
            match: ReturnMatch(sold: try soldLines(of: sales, filing.retailer)))
        let accepted = fresh.filter { corrections.judge($0, receipts[$0.place], &filed) }
        try insertOrCompare(accepted, filing.retailer, &filed)
        let inserted = accepted.filter { filed.outcomes[$0.place] == .accepted }
        try insert(inserted.filter { $0.kind == .return }, filed, filing.retailer)
        try markVoided(inserted.compactMap { filed.voided[$0.place] }, at: filing.receivedAt, of: filing.retailer)
        try noteProfileChange(.shoppers, owners(of: inserted, filed, sales), of: filing.retailer)
    }

    /// The shoppers of the sales that were returned or voided: not always those who came with the return.
    private func owners(
        of inserted: [StagedReceipt], _ filed: FiledReceipts, _ sales: [StoredKey: LockedSale]
    ) -> [Int64] {
        inserted.flatMap { staged in
            let returned = (filed.returns[staged.place] ?? []).compactMap { $0.original?.key }
            return (returned + (filed.voided[staged.place].map { [$0] } ?? [])).compactMap { sales[$0]?.shopperKey }
        }
    }

    /// The keys of the receipts that returns and voids name, where their store is known.
    private func namedSales(
        _ staged: [StagedReceipt], _ receipts: [Receipt], _ filing: Filing
    ) throws -> [ReceiptKey: StoredKey] {
        let keys = Set(
            staged.flatMap { staged in
                let receipt = receipts[staged.place]
                return receipt.lines.compactMap(\.original?.key) + (receipt.original.map { [$0] } ?? [])
            })
        let stores = try storeOrdinals(Set(keys.map(\.storeID)).sorted(), of: filing.retailer)
        return Dictionary(
            uniqueKeysWithValues: keys.compactMap { key in
                stores[key.storeID].map { (key, StoredKey(key, storeOrdinal: $0)) }
            })
    }

    /// Sold lines of the same shopper and product, for returned lines that name none.
    private func candidates(
        for staged: [StagedReceipt], _ receipts: [Receipt], _ filing: Filing
    ) throws -> [ShopperProduct: [SoldLineKey]] {
        var wanted: Set<ShopperProduct> = []
        for staged in staged {
            guard let shopper = staged.shopperKey else { continue }
            for (line, product) in zip(staged.lines, staged.productOrdinals) where line.original == nil {
                wanted.insert(
                    ShopperProduct(shopperKey: shopper, productOrdinal: product, businessDay: staged.key.businessDay))
            }
        }
        guard !wanted.isEmpty else { return [:] }
        return try soldLines(to: Array(wanted), of: filing.retailer)
    }
}

/// A shopper who brings a product back on a day.
struct ShopperProduct: Hashable, Sendable {
    let shopperKey: Int64
    let productOrdinal: Int32
    let businessDay: BusinessDay
}

/// A sale that was locked, as far as returns and voids need it.
struct LockedSale: Sendable {
    let kind: ReceiptKind
    let isVoided: Bool
    let shopperKey: Int64?
    let lines: [(lineNo: Int32, SoldLine)]
}

/// Judges returns and voids of one batch, one after the other.
struct Corrections {
    let named: [ReceiptKey: StoredKey]
    let candidates: [ShopperProduct: [SoldLineKey]]
    let sales: [StoredKey: LockedSale]
    var match: ReturnMatch
    private var voided: Set<StoredKey> = []

    init(
        named: [ReceiptKey: StoredKey], candidates: [ShopperProduct: [SoldLineKey]], sales: [StoredKey: LockedSale],
        match: ReturnMatch
    ) {
        self.named = named
        self.candidates = candidates
        self.sales = sales
        self.match = match
    }

    /// Whether it is accepted; says why not in its outcome.
    mutating func judge(_ staged: StagedReceipt, _ receipt: Receipt, _ filed: inout FiledReceipts) -> Bool {
        do throws(FilingRefusal) {
            if staged.kind == .void {
                filed.voided[staged.place] = try void(receipt)
            } else {
                filed.returns[staged.place] = try match.match(requests(staged))
            }
            return true
        } catch {
            filed.outcomes[staged.place] = .refused(error)
            return false
        }
    }

    private mutating func void(_ receipt: Receipt) throws(FilingRefusal) -> StoredKey {
        guard let key = receipt.original.flatMap({ named[$0] }), let sale = sales[key], sale.kind != .void else {
            throw .originalMissing
        }
        guard sale.kind == .sale else { throw .returnCannotBeVoided }
        guard !sale.isVoided, voided.insert(key).inserted else { throw .alreadyVoided }
        let hasReturns = match.sold.contains { $0.key.key == key && $0.value.returnedQuantityMilli > 0 }
        guard !hasReturns else {
            voided.remove(key)
            throw .alreadyReturned
        }
        return key
    }

    private func requests(_ staged: StagedReceipt) -> [ReturnRequest] {
        zip(staged.lines, staged.productOrdinals).map { line, product in
            let search = staged.shopperKey.map {
                ShopperProduct(shopperKey: $0, productOrdinal: product, businessDay: staged.key.businessDay)
            }
            let found = line.original == nil ? search.flatMap { candidates[$0] } ?? [] : []
            return ReturnRequest(
                lineNo: line.lineNo, productOrdinal: product, quantityMilli: line.quantityMilli,
                amount: line.paidAmount ?? line.baseAmount, named: named(line.original),
                candidates: found.filter { isOpen($0.key) })
        }
    }

    private func named(_ original: OriginalLine?) -> ReturnRequest.Named {
        guard let original else { return .nothing }
        guard let key = named[original.key], isOpen(key) else { return .notOnFile }
        return .line(SoldLineKey(key: key, lineNo: original.lineNo))
    }

    /// A sale that stands.
    private func isOpen(_ key: StoredKey) -> Bool {
        guard let sale = sales[key] else { return false }
        return sale.kind == .sale && !sale.isVoided && !voided.contains(key)
    }
}
