import Crypto
import EventLog
import Kernel
import Postgres

/// An entry with its transfer, as a seal hashes it: every column of both rows but the entry's own `supplier_id`, which is its
/// account's owner.
struct SealedEntry: Sendable {
    let account: AccountID
    let seq: Int64
    let amount: Int64
    let balanceAfter: Int64
    let transfer: NewTransfer
    let supplier: SupplierID?
    let postedAt: Instant

    /// One line; what is free text stands last, so that no two entries have the same. Absent values are empty.
    var canonicalText: String {
        let moved = transfer
        let fields = [
            "\(account.value)", "\(seq)", "\(amount)", "\(balanceAfter)", "\(moved.id.value)", moved.kind.rawValue,
            "\(moved.debit.value)", "\(moved.credit.value)", "\(moved.amount.minor)", moved.amount.asset.code,
            moved.campaign.map { "\($0)" } ?? "", moved.reverses.map { "\($0.value)" } ?? "", "\(moved.businessDay)",
            "\(postedAt.microseconds)", supplier.map { "\($0.value)" } ?? "", moved.cause.kind, moved.cause.id,
        ]
        return fields.joined(separator: "|")
    }

    var digest: [UInt8] { Array(SHA256.hash(data: Array(canonicalText.utf8))) }
}

/// The hash over a span of an account's entries, chained to the seal before it: `SHA-256(before || digest of each entry)`.
/// `from <= through`, at most `entriesMax` of them.
struct Seal: Sendable, Hashable {
    static let entriesMax: Int64 = 256
    /// Of each entry's digest so many bytes are kept, so that a changed row can be named.
    static let digestBytes = 8
    /// What the first seal of an account is chained to.
    static let origin = [UInt8](repeating: 0, count: 32)

    let account: AccountID
    let supplier: SupplierID?
    let from: Int64
    let through: Int64
    let hash: [UInt8]
    let digests: [UInt8]

    /// Entries in the order of their numbers, all of one account.
    init(_ entries: ArraySlice<SealedEntry>, of account: AccountID, supplier: SupplierID?, after before: [UInt8]) {
        guard let first = entries.first, let last = entries.last else { preconditionFailure("a seal covers something") }
        precondition(last.seq - first.seq == Int64(entries.count - 1), "entries are numbered without a gap")
        var hash = SHA256()
        var digests: [UInt8] = []
        hash.update(data: before)
        for entry in entries {
            let digest = entry.digest
            hash.update(data: digest)
            digests += digest.prefix(Self.digestBytes)
        }
        self.account = account
        self.supplier = supplier
        (from, through) = (first.seq, last.seq)
        self.hash = Array(hash.finalize())
        self.digests = digests
    }
}
