import Campaigns
import Checkout
import EventLog
import Kernel
import Ledger
import Postgres

extension Transaction {
    /// Transfers of a statement, by business day. Both sides of one that moved within are one line. Each page reads the
    /// statement's entries by their key and keeps the first rows.
    func lines(
        of spans: StatementSpans, at retailer: RetailerID, for reader: StatementReader, _ filter: LineFilter,
        after: LineFilter.After?, limit: Int
    ) throws -> [StatementLine] {
        let lines = try query(
            """
            SELECT transfer.transfer_id, transfer.kind, transfer.business_day, transfer.campaign_id, transfer.amount,
                transfer.asset, sum(entry.amount)::bigint, transfer.posted_at, transfer.cause_kind, transfer.cause_id
            FROM \(fragment: spans.entries(of: retailer))
            WHERE (\(filter.kind)::text IS NULL OR transfer.kind = \(filter.kind))
                AND (\(filter.campaign)::uuid IS NULL OR transfer.campaign_id = \(filter.campaign))
                AND (\(filter.from)::date IS NULL OR transfer.business_day >= \(filter.from))
                AND (\(filter.to)::date IS NULL OR transfer.business_day <= \(filter.to))
                AND (\(after?.day)::date IS NULL
                    OR (transfer.business_day, transfer.transfer_id) > (\(after?.day), \(after?.id)::uuid))
            GROUP BY transfer.transfer_id, transfer.kind, transfer.business_day, transfer.campaign_id, transfer.amount,
                transfer.asset, transfer.posted_at, transfer.cause_kind, transfer.cause_id
            ORDER BY transfer.business_day, transfer.transfer_id
            LIMIT \(limit)
            """, { row in try StatementLine(row: &row, for: reader) })
        let facts = try redeemedFacts(Set(lines.compactMap(\.redemption)).sorted(), of: retailer)
        return lines.map { line in
            var line = line
            line.facts = line.redemption.flatMap { reader.seen(facts[$0]) }
            return line
        }
    }

    /// Discounts of a statement that no budget paid in full, by business day.
    func unfundedLines(
        of head: StatementHead, at retailer: RetailerID, for reader: StatementReader, _ filter: LineFilter,
        after: LineFilter.After?, limit: Int
    ) throws -> [UnfundedLine] {
        try query(
            """
            SELECT listed.campaign_id, listed.business_day, listed.unfunded_amount, listed.borne_amount, claim.reason,
                \(fragment: RedeemedFacts.columns)
            FROM (\(fragment: unfunded(of: head, at: retailer))) AS listed
            JOIN redemption AS claim ON claim.retailer_id = \(retailer) AND claim.redemption_id = listed.redemption_id
                AND claim.business_day = listed.business_day
            \(fragment: RedeemedFacts.places(of: retailer))
            WHERE (\(filter.campaign)::uuid IS NULL OR listed.campaign_id = \(filter.campaign))
                AND (\(filter.from)::date IS NULL OR listed.business_day >= \(filter.from))
                AND (\(filter.to)::date IS NULL OR listed.business_day <= \(filter.to))
                AND (\(after?.day)::date IS NULL
                    OR (listed.business_day, listed.redemption_id) > (\(after?.day), \(after?.id)::uuid))
            ORDER BY listed.business_day, listed.redemption_id
            LIMIT \(limit)
            """, { row in try UnfundedLine(row: &row, for: reader) })
    }
}

extension StatementLine {
    fileprivate init(row: inout Row, for reader: StatementReader) throws {
        transfer = try row.next()
        kind = try row.next()
        businessDay = try row.next()
        campaign = try row.nextOptional()
        let (minor, asset) = (try row.next(Int64.self), try row.next(Asset.self))
        amount = Money(minor: minor, asset: asset)
        changeMinor = try row.next()
        let posted = try row.next(Instant.self)
        let cause = EventSubject(kind: try row.next(), id: try row.next())
        redemption = RedemptionID(cause.id)
        postedAt = reader == .supplier && (redemption != nil || kind == .correction) ? nil : posted
    }
}

extension UnfundedLine {
    fileprivate init(row: inout Row, for reader: StatementReader) throws {
        campaign = try row.next()
        businessDay = try row.next()
        unfundedMinor = try row.next()
        borneMinor = try row.next()
        reason = try row.next()
        let facts = try RedeemedFacts(row: &row)
        self.facts = reader.seen(facts) ?? facts
    }
}
