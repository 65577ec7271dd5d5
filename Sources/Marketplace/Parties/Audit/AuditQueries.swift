import EventLog
import Kernel
import Postgres
import Tenancy

extension Transaction {
    /// A retailer's entries, newest first; of one supplier only, where that is given. Ids follow time to the millisecond, so
    /// they bound it. Served by audit_entry_by_subject, _by_person, _by_supplier or _by_request where these are named, else
    /// by the primary key.
    func auditEntries(
        of tenant: Identifier, supplier: SupplierID?, _ filter: AuditFilter, before id: AuditEntryID?, limit: Int
    ) throws -> [AuditEntry] {
        let from = filter.from.map { AuditEntryID(at: $0, random: (0, 0)) }
        let to = filter.to.map { AuditEntryID(at: $0.adding(seconds: 1), random: (0, 0)) }
        return try query(
            """
            SELECT entry_id, occurred_at, organisation_kind, organisation_id, person_id, key_id, session_id, request_id,
                action, subject_kind, subject_id, reason, before, after
            FROM audit_entry
            WHERE retailer_id = \(tenant)
                AND (\(supplier)::uuid IS NULL OR supplier_id = \(supplier))
                AND (\(filter.subjectKind)::text IS NULL OR subject_kind = \(filter.subjectKind))
                AND (\(filter.subjectID)::text IS NULL OR subject_id = \(filter.subjectID))
                AND (\(filter.action)::text IS NULL OR action = \(filter.action))
                AND (\(filter.person)::uuid IS NULL OR person_id = \(filter.person))
                AND (\(filter.key)::uuid IS NULL OR key_id = \(filter.key))
                AND (\(filter.organisationKind)::text IS NULL OR organisation_kind = \(filter.organisationKind))
                AND (\(filter.requestID)::text IS NULL OR request_id = \(filter.requestID))
                AND (\(from)::uuid IS NULL OR entry_id >= \(from) AND occurred_at >= \(filter.from))
                AND (\(to)::uuid IS NULL OR entry_id < \(to) AND occurred_at < \(filter.to))
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
        session = try row.nextOptional()
        requestID = try row.next()
        action = try row.next()
        subject = EventSubject(kind: try row.next(), id: try row.next())
        reason = try row.nextOptional()
        before = try row.nextOptional(JSONB.self)?.text
        after = try row.nextOptional(JSONB.self)?.text
    }
}
