import Kernel
import Postgres
import Tenancy

/// A table of tenants' rows as PostgreSQL itself describes it.
struct FencedTable: Sendable {
    let name: String
    let hasSupplier: Bool
    /// Its policies by name, with their expressions.
    let policies: [String: String]

    /// What every supplier at a retailer reads of it: the catalogue, what audiences are counted from, the retailer's settings.
    static let shared: Set = [
        "policy", "log_head", "ordinal_counter", "price_zone", "store", "brand", "category", "product", "product_gtin", "price",
        "shopper", "tag", "shopper_tag", "receipt", "return_line", "trait", "webhook_cursor", "delivery_span",
    ]

    /// Tables with `retailer_id`, partitions aside.
    static func all(in database: Database) async throws -> [FencedTable] {
        try await database.administer { tx in
            try tx.query(
                """
                SELECT class.relname::text,
                    EXISTS (SELECT FROM pg_attribute WHERE attrelid = class.oid AND attname = 'supplier_id'),
                    ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = class.oid ORDER BY polname),
                    ARRAY(
                        SELECT COALESCE(pg_get_expr(polqual, polrelid), '') FROM pg_policy
                        WHERE polrelid = class.oid ORDER BY polname)
                FROM pg_class AS class
                JOIN pg_attribute AS tenant ON tenant.attrelid = class.oid AND tenant.attname = 'retailer_id'
                WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p') AND NOT class.relispartition
                ORDER BY class.relname
                """
            ) { row in
                let (name, hasSupplier) = (try row.next(String.self), try row.next(Bool.self))
                let (names, expressions) = (try row.next([String].self), try row.next([String].self))
                return FencedTable(
                    name: name, hasSupplier: hasSupplier,
                    policies: Dictionary(uniqueKeysWithValues: zip(names, expressions)))
            }
        }
    }

    /// What a supplier may read of it, as a condition on its rows; nil where nobody has said. `R`, `S` and `Z` stand for the
    /// retailer, the supplier and the zero tenant.
    var suppliersCondition: String? {
        switch name {
        case "event": return "retailer_id = R AND S = ANY (supplier_ids)"
        case "retailer": return "retailer_id = R"
        case "idempotency_claim": return "retailer_id IN (R, Z) AND organisation_id = S"
        case "audit_entry":
            return "(retailer_id = R OR retailer_id = Z AND organisation_id = S) AND supplier_id = S"
        case "agreement_person": return "side = 'supplier' AND \(Self.owned("agreement", by: "agreement_id", in: name))"
        case "audience_version": return Self.owned("audience", by: "audience_id", in: name)
        case "redemption_share", "redemption_return": return Self.owned("account", by: "account_id", in: name)
        default: break
        }
        if policies["no_supplier"] != nil { return "false" }
        if policies["supplier"] != nil, hasSupplier { return "retailer_id = R AND supplier_id = S" }
        return Self.shared.contains(name) ? "retailer_id = R" : nil
    }

    var retailersCondition: String { "retailer_id = R" }

    /// Whether a session that names its retailer and nobody else reads it.
    var isShared: Bool { Self.shared.contains(name) || name == "retailer" }

    private static func owned(_ parent: String, by key: String, in table: String) -> String {
        """
        retailer_id = R AND EXISTS (
            SELECT FROM \(parent) WHERE \(parent).retailer_id = \(table).retailer_id AND \(parent).\(key) = \(table).\(key)
                AND \(parent).supplier_id = S)
        """
    }
}
