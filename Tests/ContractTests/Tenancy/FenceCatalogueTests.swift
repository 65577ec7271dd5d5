import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// What PostgreSQL says of its own fences: a new table, policy, function or grant without one fails here.
@Suite struct FenceCatalogueTests {
    /// No tenant's rows: the ledger of migrations, when days begin, keys of the service that every node shares.
    private static let unfenced: Set = ["schema_migration", "zone_day", "server_secret"]

    @Test func `every table is fenced, also against its owner`() async throws {
        let bare = try await names(
            """
            SELECT relname::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND NOT (relrowsecurity AND relforcerowsecurity)
            ORDER BY relname
            """)
        #expect(Set(bare) == Self.unfenced)
    }

    @Test func `every table of tenants shows by its settings alone, and says what suppliers see of it`() async throws {
        let tables = try await FencedTable.all(in: try await TestDatabase.open())
        for table in tables {
            #expect(
                table.policies.values.contains { $0.contains("app.retailer_id") } || table.name == "api_key", "\(table.name)")
            #expect(table.suppliersCondition != nil, "\(table.name): who sees it?")
        }
        #expect(tables.count >= 55)
    }

    @Test func `no policy of the service's role lets everybody through`() async throws {
        let open = try await names(
            """
            SELECT format('%s.%s %s %s', tablename, policyname, cmd, array_to_string(roles, ',')) FROM pg_policies
            WHERE permissive = 'PERMISSIVE' AND (qual IS NULL OR qual NOT LIKE '%current_setting%')
            ORDER BY 1
            """)
        #expect(
            open == [
                "agreement.auth SELECT tradewind_auth", "agreement.platform ALL tradewind_platform",
                "agreement_person.platform ALL tradewind_platform", "api_key.auditors ALL tradewind_app",
                "api_key.auth ALL tradewind_auth", "api_key.platform ALL tradewind_platform",
                "audit_entry.platform ALL tradewind_platform", "auditor_grant.auth SELECT tradewind_auth",
                "bootstrap.platform ALL tradewind_platform", "delivery_span.worker_home SELECT tradewind_worker",
                "event.platform INSERT tradewind_platform",
                "idempotency_claim.platform ALL tradewind_platform",
                "invitation.platform ALL tradewind_platform", "log_head.platform ALL tradewind_platform",
                "membership.hold UPDATE tradewind_app",
                "membership.platform ALL tradewind_platform", "person.own SELECT tradewind_app",
                "person.platform ALL tradewind_platform", "policy.platform ALL tradewind_platform",
                "retailer.platform ALL tradewind_platform", "retailer.worker SELECT tradewind_worker",
                "session.auth SELECT tradewind_auth", "session.platform ALL tradewind_platform",
                "supplier.existence SELECT tradewind_owner", "supplier.platform ALL tradewind_platform",
                "webhook_cursor.worker_home SELECT tradewind_worker",
            ])
    }

    /// A sub-select in a policy costs a look-up a row, and Citus takes none (LEDGER_AND_WEBHOOKS 25, 26).
    @Test func `only these policies look into another table`() async throws {
        let looking = try await names(
            "SELECT tablename || '.' || policyname FROM pg_policies WHERE qual LIKE '%SELECT%' OR with_check LIKE '%SELECT%' ORDER BY 1"
        )
        #expect(
            looking == [
                "agreement_person.supplier", "api_key.auditors", "audience_version.supplier", "person.own",
                "redemption_return.supplier",
                "redemption_share.supplier",
            ])
    }

    @Test func `what suppliers share is written by the retailer alone`() async throws {
        let writable = try await names(
            """
            SELECT DISTINCT class.relname::text FROM pg_class AS class
            WHERE class.relname = ANY (\(Array(FencedTable.shared).sorted()))
                AND (has_any_column_privilege('tradewind_app', class.oid, 'INSERT')
                        AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid AND polname = 'inserted_by_retailer')
                    OR has_any_column_privilege('tradewind_app', class.oid, 'UPDATE')
                        AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid AND polname = 'changed_by_retailer')
                    OR has_table_privilege('tradewind_app', class.oid, 'DELETE')
                        AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid AND polname = 'deleted_by_retailer'))
            ORDER BY 1
            """)
        // A supplier's change has its event, so it takes a position; its first endpoint starts the worker's cursor.
        #expect(writable == ["log_head", "webhook_cursor"])
    }

    @Test func `partitions belong to the owner alone`() async throws {
        let granted = try await names(
            """
            SELECT class.relname || ' to ' || COALESCE(grantee.rolname, 'PUBLIC') FROM pg_class AS class
            CROSS JOIN LATERAL aclexplode(class.relacl) AS acl
            LEFT JOIN pg_roles AS grantee ON grantee.oid = acl.grantee
            WHERE class.relispartition AND class.relkind = 'r' AND acl.grantee <> class.relowner
            """)
        #expect(granted == [])
    }

    @Test func `no role of the service is above the fences or can log in, and nothing is granted to everybody`() async throws {
        let roles = try await names(
            """
            SELECT rolname::text FROM pg_roles
            WHERE rolname LIKE 'tradewind%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication
                OR rolcanlogin AND rolname <> 'tradewind')
            """)
        let everybody = try await names(
            """
            SELECT class.relname || ' ' || acl.privilege_type FROM pg_class AS class
            CROSS JOIN LATERAL aclexplode(class.relacl) AS acl
            WHERE class.relnamespace = 'public'::regnamespace AND acl.grantee = 0
            """)
        let tampering = try await names(
            """
            SELECT format('%s %s', table_name, privilege_type) FROM information_schema.role_table_grants
            WHERE grantee IN ('tradewind_app', 'tradewind_worker', 'tradewind_platform', 'tradewind_auth')
                AND (privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')
                    OR privilege_type IN ('UPDATE', 'DELETE') AND table_name IN ('transfer', 'entry', 'entry_seal', 'audit_entry',
                        'statement', 'statement_account', 'statement_unfunded', 'allocation', 'redemption_share',
                        'account_closing', 'ledger_day', 'acknowledgement'))
            """)
        #expect(roles == [])
        #expect(everybody == ["schema_migration SELECT"])
        #expect(tampering == [])
    }

    @Test func `functions with their owner's rights are these, with a path of their own, and not for everybody`() async throws {
        let functions = try await names(
            """
            SELECT format('%s %s %s', proname, array_to_string(proconfig, ' '), has_function_privilege('public', oid, 'EXECUTE'))
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
            ORDER BY 1
            """)
        #expect(
            functions == [
                "attach_month search_path=public, pg_temp f", "drop_empty_month search_path=public, pg_temp f",
                "known_suppliers search_path=public, pg_temp f",
                "refresh_statistics search_path=public, pg_temp f",
            ])
    }

    /// A view reads with its owner's rights unless it says otherwise, and so around the fences.
    @Test func `there are no views, rules or triggers of ours`() async throws {
        let around = try await names(
            """
            SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f')
            UNION ALL
            SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL
            SELECT rulename::text FROM pg_rules WHERE schemaname = 'public'
            """)
        #expect(around == [])
    }

    private func names(_ sql: SQL) async throws -> [String] {
        try await TestDatabase.open().administer { tx in try tx.query(sql) { row in try row.next(String.self) } }
    }
}
