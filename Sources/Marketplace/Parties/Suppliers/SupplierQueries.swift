package import Kernel
package import Postgres

extension Transaction {
    func insert(_ supplier: Supplier) throws {
        try execute(
            """
            INSERT INTO supplier (supplier_id, name, created_at)
            VALUES (\(supplier.id), \(supplier.name), \(supplier.createdAt))
            """)
    }

    package func supplier(_ id: SupplierID) throws -> Supplier? {
        try first(
            "SELECT supplier_id, name, created_at FROM supplier WHERE supplier_id = \(id)", { row in try Supplier(row: &row) })
    }

    func suppliers(after id: SupplierID?, limit: Int) throws -> [Supplier] {
        try query(
            """
            SELECT supplier_id, name, created_at
            FROM supplier
            WHERE \(id)::uuid IS NULL OR supplier_id > \(id)
            ORDER BY supplier_id
            LIMIT \(limit)
            """, { row in try Supplier(row: &row) })
    }
}

extension Supplier {
    init(row: inout Row) throws {
        id = try row.next()
        name = try row.next()
        createdAt = try row.next()
    }
}
