import EventLog
import Kernel
import Postgres
import Tenancy

extension Transaction {
    /// A retailer's entries, newest first; of one supplier's people only, where that is given. Served by
    /// audit_entry_by_subject where a thing is named, else by the primary key.
    func auditEntries(
        of retailer: RetailerID, supplier: SupplierID?, _ filter: AuditFilter, before id: AuditEntryID?, limit: Int
    ) throws -> [AuditEntry] {
        try query(
            """
            SELECT entry_id, occurred_at, organisation_kind, organisation_id, person_id, key_id, request_id, action,
                subject_kind, subject_id, reason, before, after
            FROM audit_entry
            WHERE retailer_id = \(retailer)
                AND (\(supplier)::uuid IS NULL OR supplier_id = \(supplier))
                AND (\(filter.subjectKind)::text IS NULL OR subject_kind = \(filter.subjectKind))
                AND (\(filter.subjectID)::text IS NULL OR subject_id = \(filter.subjectID))
                AND (\(filter.action)::text IS NULL OR action = \(filter.action))
                AND (\(filter.person)::uuid IS NULL OR person_id = \(filter.person))
                AND (\(id)::uuid IS NULL OR entry_id < \(id))
            ORDER BY entry_id DESC
            LIMIT \(limit)
            """, { row in try AuditEntry(row: &row) })
    }
}

extension AuditEntry {
    init(row: inout Row) throws {
        id = try row.next()
        occurredAt = try row.next()
        organisationKind = try row.next()
        organisationID = try row.next()
        person = try row.nextOptional()
        key = try row.next()
        requestID = try row.next()
        action = try row.next()
        subject = EventSubject(kind: try row.next(), id: try row.next())
        reason = try row.nextOptional()
        before = try row.nextOptional(JSONB.self)?.text
        after = try row.nextOptional(JSONB.self)?.text
    }
}
