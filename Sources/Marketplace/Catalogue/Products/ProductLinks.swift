import Kernel
import Postgres

extension Transaction {
    /// Makes the suppliers of each product exactly those of the item; the products whose suppliers differed.
    func linkSuppliers(of products: [Product], of retailer: RetailerID) throws -> [ExternalID] {
        let links = products.flatMap { product in product.suppliers.map { (product: product.id, supplier: $0) } }
        return try query(
            """
            WITH given AS (
                SELECT product_id, supplier_id
                FROM unnest(\(links.map(\.product)), \(links.map(\.supplier))) AS line (product_id, supplier_id)
            ), gone AS (
                DELETE FROM product_supplier AS link
                WHERE link.retailer_id = \(retailer) AND link.product_id = ANY(\(products.map(\.id)))
                    AND NOT EXISTS (
                        SELECT FROM given
                        WHERE given.product_id = link.product_id AND given.supplier_id = link.supplier_id
                    )
                RETURNING link.product_id
            ), come AS (
                INSERT INTO product_supplier (retailer_id, product_id, supplier_id)
                SELECT \(retailer), product_id, supplier_id FROM given
                ON CONFLICT (retailer_id, product_id, supplier_id) DO NOTHING
                RETURNING product_id
            )
            SELECT product_id FROM gone
            UNION
            SELECT product_id FROM come
            """
        ) { row in try row.next() }
    }

    /// Makes the GTINs of each product exactly those of the item; the products whose GTINs differed.
    func linkGTINs(of products: [Product], of retailer: RetailerID) throws -> [ExternalID] {
        let links = products.flatMap { product in product.gtins.map { (product: product.id, gtin: $0) } }
        return try query(
            """
            WITH given AS (
                SELECT product_id, gtin
                FROM unnest(\(links.map(\.product)), \(links.map(\.gtin))) AS line (product_id, gtin)
            ), gone AS (
                DELETE FROM product_gtin AS link
                WHERE link.retailer_id = \(retailer) AND link.product_id = ANY(\(products.map(\.id)))
                    AND NOT EXISTS (
                        SELECT FROM given WHERE given.product_id = link.product_id AND given.gtin = link.gtin
                    )
                RETURNING link.product_id
            ), come AS (
                INSERT INTO product_gtin (retailer_id, product_id, gtin)
                SELECT \(retailer), product_id, gtin FROM given
                ON CONFLICT (retailer_id, gtin, product_id) DO NOTHING
                RETURNING product_id
            )
            SELECT product_id FROM gone
            UNION
            SELECT product_id FROM come
            """
        ) { row in try row.next() }
    }
}
