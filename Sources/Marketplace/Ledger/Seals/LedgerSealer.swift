package import Kernel
package import Postgres
import Tenancy

/// Chains hashes over the entries of each account, after they are committed and off the hot path (LEDGER_AND_WEBHOOKS rule
/// 21). Nothing depends on it but the proof that nobody changed the books afterwards. Any number of nodes may run it: at one
/// retailer one works at a time.
package struct LedgerSealer: Sendable {
    /// Accounts that are looked at in one transaction, and entries that are sealed in one.
    static let accountsMax = 500
    static let entriesMax: Int64 = 5_120

    private let database: Database
    private let world: OutsideWorld

    package init(_ database: Database, _ world: OutsideWorld) {
        self.database = database
        self.world = world
    }

    /// All retailers. Returns the number of entries that were sealed.
    @discardableResult
    package func seal() async throws -> Int {
        var sealed = SealedCount()
        try await database.forEachRetailer { sealed += try await sealWhole($0) }
        return try sealed.checked()
    }

    /// One retailer's entries, until all that stand are sealed.
    @discardableResult
    package func seal(_ retailer: RetailerID) async throws -> Int { try await sealWhole(retailer).checked() }

    private func sealWhole(_ retailer: RetailerID) async throws -> SealedCount {
        var (sealed, last) = (SealedCount(), AccountID?.none)
        while true {
            let after = last
            let page = try await database.read(as: .retailer(retailer)) { tx in
                try tx.unsealed(of: retailer, after: after, limit: Self.accountsMax)
            }
            guard let end = page.last?.account else { return sealed }
            sealed += try await seal(page.filter { $0.through >= $0.from }.map(\.account), of: retailer)
            last = end
        }
    }

    /// These accounts, a transaction for every few thousand entries.
    private func seal(_ accounts: [AccountID], of retailer: RetailerID) async throws -> SealedCount {
        var (sealed, whole) = (SealedCount(), accounts)
        let now = world.now()
        while !whole.isEmpty {
            let open = whole
            let done = try await database.transaction(as: .retailer(retailer)) { tx in
                try tx.sealEntries(of: open, at: retailer, now)
            }
            if done == SealedCount() { break }
            sealed += done
            let broken = Set(done.gaps.map(\.account))
            whole.removeAll { broken.contains($0) }
        }
        return sealed
    }
}

extension Transaction {
    /// Seals what follows the last seals, at most `LedgerSealer.entriesMax` entries, account by account up to the first that
    /// is missing. Nothing where another node is at it.
    fileprivate func sealEntries(of accounts: [AccountID], at retailer: RetailerID, _ now: Instant) throws -> SealedCount {
        guard try holdSealing(of: retailer) else { return SealedCount() }
        let heads = try unsealed(of: retailer, among: accounts)
        let spans = EntrySpans(heads.map { ($0.account, $0.from, $0.through) }, max: LedgerSealer.entriesMax)
        guard spans.count > 0 else { return SealedCount() }
        let found = Dictionary(grouping: try sealedEntries(of: retailer, over: spans), by: \.account)
        let ends = Dictionary(uniqueKeysWithValues: zip(spans.accounts, spans.through))
        var (seals, sealed) = ([Seal](), SealedCount())
        for head in heads {
            guard let end = ends[head.account] else { continue }
            let entries = head.whole(of: found[head.account] ?? [])
            seals += head.seals(over: entries)
            sealed.entries += entries.count
            let next = head.from + Int64(entries.count)
            if next <= end { sealed.gaps.append(SealGap(account: head.account, seq: next)) }
        }
        if !seals.isEmpty { try insert(seals, of: retailer, at: now) }
        return sealed
    }
}

/// Where an account's chain stands, and what is not in it yet: `from...through`, empty where all is.
struct UnsealedEntries: Sendable {
    let account: AccountID
    let supplier: SupplierID?
    /// The hash of its last seal.
    let head: [UInt8]
    let from: Int64
    let through: Int64

    /// Those of them before the first that is missing: a chain has no gap.
    fileprivate func whole(of entries: [SealedEntry]) -> ArraySlice<SealedEntry> {
        entries.prefix(entries.indices.prefix { entries[$0].seq == from + Int64($0) }.count)
    }

    /// Seals over these entries, in the order of their numbers.
    fileprivate func seals(over entries: ArraySlice<SealedEntry>) -> [Seal] {
        var (seals, head, start) = ([Seal](), head, entries.startIndex)
        while start < entries.endIndex {
            let end = min(entries.endIndex, start + Int(Seal.entriesMax))
            let seal = Seal(entries[start..<end], of: account, supplier: supplier, after: head)
            seals.append(seal)
            (head, start) = (seal.hash, end)
        }
        return seals
    }
}
