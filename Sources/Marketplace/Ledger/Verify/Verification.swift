package import Kernel
package import Postgres
import Tenancy

/// Runs checks over a retailer's books and reports what they looked at and what they found. Reads only, under the
/// retailer's own fence, in transactions of a slice each.
package struct Verification: Sendable {
    /// Accounts that are anchored at once.
    static let accountsMax = 500

    private let database: Database
    /// Nil: from the first entry on. Else what the closings before that day say is trusted, and what was posted since is
    /// looked at.
    private let since: BusinessDay?
    private let closingsMax: Int

    package init(_ database: Database, since: BusinessDay? = nil, closingsMax: Int = CheckedRows.sliceMax) {
        self.database = database
        self.since = since
        self.closingsMax = closingsMax
    }

    package func run(_ check: LedgerCheck, of retailer: RetailerID) async throws -> CheckReport {
        var report = CheckReport(check: check.name)
        switch check.extent {
        case .whole(let count, let findings):
            let (checked, found) = try await database.read(as: .retailer(retailer)) { tx in
                (try tx.one(count(retailer)) { row in try row.next(Int64.self) }, try tx.findings(findings(retailer)))
            }
            report.add(checked: checked, found)
        case .rows(let rows, let findings) where rows.followsEntries && since != nil:
            try await walkTransfers(of: retailer, findings, into: &report)
        case .rows(let rows, let findings): try await walk(rows, of: retailer, findings, into: &report)
        case .entries(let findings): try await walkEntries(of: retailer, findings, into: &report)
        case .counters: try await compareCounters(of: retailer, into: &report)
        case .days(let findings): try await walkDays(of: retailer, findings, into: &report)
        }
        return report
    }

    private func walk(
        _ rows: CheckedRows, of retailer: RetailerID, _ findings: @escaping @Sendable (RetailerID, KeyRange) -> SQL,
        into report: inout CheckReport
    ) async throws {
        var last: Identifier?
        let since = since
        while true {
            let after = last
            let slice = try await database.read(as: .retailer(retailer)) { tx -> (Slice, [CheckReport.Finding])? in
                guard let slice = try tx.slice(rows.keys(retailer, since, after, rows.slice)) else { return nil }
                return (slice, try tx.findings(findings(retailer, KeyRange(after: after, through: slice.last))))
            }
            guard let slice else { return }
            report.add(checked: slice.0.count, slice.1)
            last = slice.0.last
        }
    }

    private func walkDays(
        of retailer: RetailerID, _ findings: @escaping @Sendable (RetailerID, ClosedDays) -> SQL, into report: inout CheckReport
    ) async throws {
        var last: BusinessDay?
        let (since, closingsMax) = (since, closingsMax)
        while true {
            let after = last
            let stretch = try await database.read(as: .retailer(retailer)) { tx -> (ClosedDays, [CheckReport.Finding])? in
                let days = try tx.closedDays(of: retailer, since: since, after: after, closingsMax: closingsMax)
                return try days.map { ($0, try tx.findings(findings(retailer, $0))) }
            }
            guard let stretch else { return }
            report.add(checked: stretch.0.count, stretch.1)
            last = stretch.0.last
        }
    }

    /// The transfers of entries since the day, in place of all.
    private func walkTransfers(
        of retailer: RetailerID, _ findings: @escaping @Sendable (RetailerID, KeyRange) -> SQL, into report: inout CheckReport
    ) async throws {
        var last: AccountID?
        while let anchors = try await anchors(of: retailer, after: last) {
            for spans in EntrySpans.cutting(anchors) {
                let found = try await database.read(as: .retailer(retailer)) { tx in
                    let transfers = try tx.transfers(of: retailer, over: spans)
                    return (Int64(transfers.count), try tx.findings(findings(retailer, KeyRange(among: transfers))))
                }
                report.add(checked: found.0, found.1)
            }
            last = anchors.last?.account
        }
    }

    private func walkEntries(
        of retailer: RetailerID, _ findings: @escaping @Sendable (RetailerID, EntrySpans) -> SQL, into report: inout CheckReport
    ) async throws {
        var last: AccountID?
        while let anchors = try await anchors(of: retailer, after: last) {
            for spans in EntrySpans.cutting(anchors) {
                let found = try await database.read(as: .retailer(retailer)) { tx in
                    try tx.findings(findings(retailer, spans))
                }
                report.add(checked: spans.count, found)
            }
            last = anchors.last?.account
        }
    }

    /// Sums what each account's entries were at the moment of its anchor, in as many short reads as it takes.
    private func compareCounters(of retailer: RetailerID, into report: inout CheckReport) async throws {
        var last: AccountID?
        while let anchors = try await anchors(of: retailer, after: last) {
            var sums: [AccountID: (debits: Int64, credits: Int64)] = [:]
            for spans in EntrySpans.cutting(anchors) {
                let parts = try await database.read(as: .retailer(retailer)) { tx in try tx.sums(of: retailer, over: spans) }
                for part in parts {
                    sums[part.account, default: (0, 0)].debits += part.debits
                    sums[part.account, default: (0, 0)].credits += part.credits
                }
            }
            let found = anchors.compactMap { $0.finding(against: sums[$0.account] ?? (0, 0)) }
            report.add(checked: Int64(anchors.count), found)
            last = anchors.last?.account
        }
    }

    private func anchors(of retailer: RetailerID, after account: AccountID?) async throws -> [AccountAnchor]? {
        let since = since
        let anchors = try await database.read(as: .retailer(retailer)) { tx in
            try tx.anchors(of: retailer, since: since, after: account, limit: Self.accountsMax)
        }
        return anchors.isEmpty ? nil : anchors
    }
}

extension AccountAnchor {
    fileprivate func finding(against sums: (debits: Int64, credits: Int64)) -> CheckReport.Finding? {
        let agrees =
            trusted == .none
            ? sums.debits == debits && sums.credits == credits
            : trusted.balance + sums.credits - sums.debits == credits - debits
        guard !agrees || lastEntry != seq else { return nil }
        return CheckReport.Finding(
            subject: "\(account.value)",
            detail: "counters \(debits) debits, \(credits) credits, number \(seq); "
                + "entries \(sums.debits), \(sums.credits), \(lastEntry)"
                + (trusted == .none ? "" : " after \(trusted.balance) at \(trusted.seq)"))
    }
}

/// The keys of one slice: how many, and the last of them.
private struct Slice: Sendable {
    let count: Int64
    let last: Identifier
}

extension Transaction {
    fileprivate func findings(_ sql: SQL) throws -> [CheckReport.Finding] {
        try query(sql) { row in CheckReport.Finding(subject: try row.next(), detail: try row.next()) }
    }

    /// Nil where no key is left.
    fileprivate func slice(_ keys: SQL) throws -> Slice? {
        try one("SELECT count(key), (array_agg(key ORDER BY key DESC))[1] FROM (\(fragment: keys)) AS page") { row in
            let count = try row.next(Int64.self)
            return try row.nextOptional(Identifier.self).map { Slice(count: count, last: $0) }
        }
    }
}
