import HTTPSupport
import JSONText
package import Kernel
package import Postgres
import Tenancy

extension Transaction {
    func insert(_ agreement: Agreement) throws {
        let terms = agreement.terms
        try execute(
            """
            INSERT INTO agreement (
                retailer_id, agreement_id, supplier_id, name, state, starts_on, ends_on, fee_bp, depth_max_bp, money_holder,
                insight_scope, scope, auto_approval, unfunded_bearers, version, created_at, updated_at
            )
            VALUES (
                \(agreement.retailer), \(agreement.id), \(agreement.supplier), \(terms.name), \(agreement.state),
                \(terms.startsOn), \(terms.endsOn), \(terms.fee), \(terms.depthMax), \(terms.moneyHolder),
                \(terms.insightScope), \(JSONB(terms.scope.jsonBytes)), \(terms.autoApproval.map { JSONB($0.jsonBytes) }),
                \(JSONB(terms.unfundedBearers.jsonBytes)), \(agreement.version), \(agreement.createdAt),
                \(agreement.updatedAt)
            )
            """)
        try insertResponsible(of: agreement)
    }

    /// Writes edited terms of a draft.
    func updateTerms(of agreement: Agreement) throws {
        let terms = agreement.terms
        try pipeline([
            """
            UPDATE agreement
            SET name = \(terms.name), starts_on = \(terms.startsOn), ends_on = \(terms.endsOn), fee_bp = \(terms.fee),
                depth_max_bp = \(terms.depthMax), money_holder = \(terms.moneyHolder), insight_scope = \(terms.insightScope),
                scope = \(JSONB(terms.scope.jsonBytes)), auto_approval = \(terms.autoApproval.map { JSONB($0.jsonBytes) }),
                unfunded_bearers = \(JSONB(terms.unfundedBearers.jsonBytes)), version = \(agreement.version),
                updated_at = \(agreement.updatedAt)
            WHERE retailer_id = \(agreement.retailer) AND agreement_id = \(agreement.id)
            """,
            """
            DELETE FROM agreement_person
            WHERE retailer_id = \(agreement.retailer) AND agreement_id = \(agreement.id)
            """,
        ])
        try insertResponsible(of: agreement)
    }

    func updateState(of agreement: Agreement) throws {
        try execute(
            """
            UPDATE agreement
            SET state = \(agreement.state), version = \(agreement.version), updated_at = \(agreement.updatedAt)
            WHERE retailer_id = \(agreement.retailer) AND agreement_id = \(agreement.id)
            """)
    }

    private func insertResponsible(of agreement: Agreement) throws {
        try execute(
            """
            INSERT INTO agreement_person (retailer_id, agreement_id, side, person_id)
            SELECT \(agreement.retailer), \(agreement.id), 'retailer', person_id
            FROM unnest(\(agreement.responsible.retailer.sorted())) AS person_id
            UNION ALL
            SELECT \(agreement.retailer), \(agreement.id), 'supplier', person_id
            FROM unnest(\(agreement.responsible.supplier.sorted())) AS person_id
            """)
    }

    /// One agreement of a retailer; of one supplier's only, where that is given.
    package func agreement(_ id: AgreementID, of retailer: RetailerID, supplier: SupplierID? = nil) throws -> Agreement? {
        try first(
            """
            \(fragment: selectAgreement)
            WHERE agreement.retailer_id = \(retailer) AND agreement.agreement_id = \(id)
                AND (\(supplier)::uuid IS NULL OR agreement.supplier_id = \(supplier))
            """, { row in try Agreement(row: &row) })
    }

    /// The agreement, locked so that it cannot change before this transaction ends: for a decision that rests on it.
    package func shareAgreement(_ id: AgreementID, of retailer: RetailerID, supplier: SupplierID? = nil) throws -> Agreement? {
        try first(
            """
            \(fragment: selectAgreement)
            WHERE agreement.retailer_id = \(retailer) AND agreement.agreement_id = \(id)
                AND (\(supplier)::uuid IS NULL OR agreement.supplier_id = \(supplier))
            FOR SHARE OF agreement
            """, { row in try Agreement(row: &row) })
    }

    /// The agreement, locked for a change.
    func lockAgreement(_ id: AgreementID, of retailer: RetailerID) throws -> Agreement? {
        try first(
            """
            \(fragment: selectAgreement)
            WHERE agreement.retailer_id = \(retailer) AND agreement.agreement_id = \(id)
            FOR UPDATE OF agreement
            """, { row in try Agreement(row: &row) })
    }

    func agreements(
        of retailer: RetailerID, supplier: SupplierID?, state: AgreementState?, after id: AgreementID?, limit: Int
    ) throws -> [Agreement] {
        try query(
            """
            \(fragment: selectAgreement)
            WHERE agreement.retailer_id = \(retailer)
                AND (\(supplier)::uuid IS NULL OR agreement.supplier_id = \(supplier))
                AND (\(state)::text IS NULL OR agreement.state = \(state))
                AND (\(id)::uuid IS NULL OR agreement.agreement_id > \(id))
            ORDER BY agreement.agreement_id
            LIMIT \(limit)
            """, { row in try Agreement(row: &row) })
    }

    /// Those of these agreements that name their supplier as a bearer of unfunded discounts.
    package func unfundedBearers(
        of agreements: [AgreementID], in asset: Asset, at retailer: RetailerID
    ) throws -> [AgreementID: UnfundedBearers] {
        guard !agreements.isEmpty else { return [:] }
        let found = try query(
            """
            SELECT agreement_id, unfunded_bearers
            FROM agreement
            WHERE retailer_id = \(retailer) AND agreement_id = ANY (\(agreements)) AND unfunded_bearers <> '{}'
            """
        ) { row in
            (try row.next(AgreementID.self), try row.nextStoredOptional { UnfundedBearers($0, in: asset) } ?? .retailerBearsAll)
        }
        return Dictionary(found) { first, _ in first }
    }
}

private let selectAgreement: SQL = """
    SELECT agreement.agreement_id, agreement.retailer_id, agreement.supplier_id, retailer.asset, agreement.state,
        agreement.name, agreement.starts_on, agreement.ends_on, agreement.fee_bp, agreement.depth_max_bp,
        agreement.money_holder, agreement.insight_scope, agreement.scope, agreement.auto_approval,
        agreement.unfunded_bearers,
        ARRAY(
            SELECT person_id FROM agreement_person AS responsible
            WHERE responsible.retailer_id = agreement.retailer_id
                AND responsible.agreement_id = agreement.agreement_id AND responsible.side = 'retailer'
        ),
        ARRAY(
            SELECT person_id FROM agreement_person AS responsible
            WHERE responsible.retailer_id = agreement.retailer_id
                AND responsible.agreement_id = agreement.agreement_id AND responsible.side = 'supplier'
        ),
        agreement.version, agreement.created_at, agreement.updated_at
    FROM agreement
    JOIN retailer ON retailer.retailer_id = agreement.retailer_id
    """

extension Agreement {
    init(row: inout Row) throws {
        id = try row.next()
        retailer = try row.next()
        supplier = try row.next()
        let asset: Asset = try row.next()
        self.asset = asset
        state = try row.next()
        terms = try AgreementTerms(row: &row, in: asset)
        version = try row.next()
        createdAt = try row.next()
        updatedAt = try row.next()
    }
}

extension AgreementTerms {
    fileprivate init(row: inout Row, in asset: Asset) throws {
        name = try row.next()
        startsOn = try row.next()
        endsOn = try row.next()
        fee = try row.next()
        depthMax = try row.next()
        moneyHolder = try row.next()
        insightScope = try row.next()
        scope = try row.nextStoredOptional { AgreementScope($0) } ?? AgreementScope()
        autoApproval = try row.nextStoredOptional { AutoApproval($0, in: asset) }
        unfundedBearers = try row.nextStoredOptional { UnfundedBearers($0, in: asset) } ?? .retailerBearsAll
        var responsible = ResponsiblePersons()
        responsible.retailer = Set(try row.next([PersonID].self))
        responsible.supplier = Set(try row.next([PersonID].self))
        self.responsible = responsible
    }
}
