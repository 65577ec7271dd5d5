import Kernel
import Postgres
import TestSupport

/// The sets' own files, copied by PostgreSQL itself into a scratch database, and put into one shape by SQL: `line`,
/// `basket`, `product`, `tag` and `household` in a schema for each set. Shares no code with the import.
struct StagedFiles: Sendable {
    let scratch: Database

    static func stage(_ sets: [DataSet], as name: String) async throws -> StagedFiles {
        let files = StagedFiles(scratch: try await TestDatabase.scratch(name))
        for set in sets {
            try await files.scratch.administer { tx in
                try tx.script("CREATE SCHEMA \(set.schema); SET LOCAL search_path TO \(set.schema);")
                try tx.script(set.tables)
                try tx.script(Self.common)
            }
        }
        return files
    }

    /// A question to one set's tables.
    func ask<Value: Sendable>(
        _ set: DataSet, _ sql: SQL, _ map: @escaping @Sendable (inout Row) throws -> Value
    ) async throws -> [Value] {
        try await scratch.administer { tx in
            try tx.script("SET LOCAL search_path TO \(set.schema); SET LOCAL jit = off;")
            return try tx.query(sql, map)
        }
    }

    /// How many households a question names.
    func count(_ set: DataSet, _ households: SQL) async throws -> Int64 {
        try await ask(set, "SELECT count(DISTINCT household_id) FROM (\(fragment: households)) AS named") { row in
            try row.next(Int64.self)
        }[0]
    }

    private static let common = """
        CREATE INDEX ON line (household_id, day);
        CREATE INDEX ON line (product_id);
        CREATE INDEX ON basket (household_id, day);
        CREATE INDEX ON product (product_id);
        CREATE TABLE household AS SELECT household_id FROM basket UNION SELECT household_id FROM tag;
        CREATE TABLE segment (r bigint, fm bigint, name text);
        INSERT INTO segment VALUES
            (5, 5, 'champions'), (5, 4, 'champions'), (5, 3, 'potential_loyalist'), (5, 2, 'potential_loyalist'), (5, 1, 'new'),
            (4, 5, 'loyal'), (4, 4, 'loyal'), (4, 3, 'potential_loyalist'), (4, 2, 'potential_loyalist'), (4, 1, 'promising'),
            (3, 5, 'loyal'), (3, 4, 'loyal'), (3, 3, 'needs_attention'), (3, 2, 'needs_attention'), (3, 1, 'hibernating'),
            (2, 5, 'at_risk'), (2, 4, 'at_risk'), (2, 3, 'at_risk'), (2, 2, 'hibernating'), (2, 1, 'hibernating'),
            (1, 5, 'at_risk'), (1, 4, 'at_risk'), (1, 3, 'hibernating'), (1, 2, 'lost'), (1, 1, 'lost');
        ANALYZE;
        """
}

extension DataSet {
    /// Amounts in minor units, quantities in thousandths, days as the till wrote them.
    fileprivate var tables: String {
        switch self {
        case .completeJourney: completeJourney
        case .sortOfReal: sortOfReal
        case .x5: x5
        }
    }

    /// `place` is the row's place in the file.
    private func copy(_ table: String, _ columns: String, _ file: String) -> String {
        let names = columns.split(separator: ",").compactMap { $0.split { $0.isWhitespace }.first }.joined(separator: ", ")
        return """
            CREATE UNLOGGED TABLE \(table) (\(columns), place bigint GENERATED ALWAYS AS IDENTITY);
            COPY \(table) (\(names)) FROM PROGRAM 'gzip -dc \(folder)/\(file)' WITH (FORMAT csv, HEADER);
            """
    }

    private var completeJourney: String {
        copy(
            "raw_line",
            """
            household_id text, store_id text, basket_id text, sold text, week text, product_id text, quantity numeric,
            sales_value numeric, retail_disc numeric, coupon_disc numeric, coupon_match_disc numeric, late text
            """, "dev/receipt_lines.csv.gz")
            + copy(
                "raw_product",
                """
                product_id text, manufacturer_id text, department text, label text, product_category text, product_type text,
                package_size text
                """, "common/products.csv.gz")
            + copy(
                "raw_person",
                """
                household_id text, age text, income text, home_ownership text, marital_status text, household_size text,
                household_comp text, kids_count text
                """, "dev/demographics.csv.gz")
                + """
                CREATE TABLE line AS
                SELECT household_id, basket_id, store_id, left(sold, 10)::date AS day, product_id,
                    greatest(0, round(100 * sales_value) - round(100 * coupon_disc))::bigint AS money,
                    round(100 * sales_value)::bigint AS base,
                    (round(100 * sales_value) + round(100 * retail_disc) + round(100 * coupon_match_disc))::bigint AS regular,
                    round(1000 * quantity)::bigint AS quantity_milli, sold::timestamptz AS sold_at,
                    row_number() OVER (PARTITION BY basket_id ORDER BY place) AS line_no
                FROM raw_line;
                CREATE TABLE basket AS
                SELECT household_id, basket_id, store_id, day, sum(money)::bigint AS money
                FROM line
                GROUP BY household_id, basket_id, store_id, day;
                CREATE TABLE product AS
                SELECT product_id, CASE WHEN manufacturer_id NOT IN ('2', '69') THEN manufacturer_id END AS brand_id,
                    ARRAY[department, concat_ws('/', department, product_category)] AS categories
                FROM raw_product;
                CREATE TABLE tag AS
                SELECT household_id, 'age ' || age AS tag FROM raw_person WHERE age IS NOT NULL
                UNION ALL SELECT household_id, 'income ' || income FROM raw_person WHERE income IS NOT NULL
                UNION ALL SELECT household_id, 'kids ' || kids_count FROM raw_person WHERE kids_count IS NOT NULL;
                """
    }

    private var sortOfReal: String {
        copy(
            "raw_receipt", "basket_id text, household_id text, store_id text, sold text, week text, late text",
            "dev/receipts.csv.gz")
            + copy(
                "raw_line", "basket_id text, product_id text, quantity numeric, sales_value numeric", "dev/receipt_lines.csv.gz")
            + copy(
                "raw_product",
                """
                product_id text, category_10 text, category_20 text, category_30 text, category_40 text, lines text,
                median_unit_price text, priced_by_weight text
                """, "common/products.csv.gz")
            + copy("raw_person", "household_id text, price_sensitivity text, lifestage text", "dev/households.csv.gz")
                + """
                CREATE TABLE line AS
                SELECT receipt.household_id, basket_id, receipt.store_id, left(receipt.sold, 10)::date AS day, product_id,
                    round(100 * sales_value)::bigint AS money, round(100 * sales_value)::bigint AS base,
                    round(100 * sales_value)::bigint AS regular, round(1000 * quantity)::bigint AS quantity_milli
                FROM raw_line
                JOIN raw_receipt AS receipt USING (basket_id);
                CREATE TABLE basket AS
                SELECT household_id, basket_id, store_id, day, sum(money)::bigint AS money
                FROM line
                GROUP BY household_id, basket_id, store_id, day;
                CREATE TABLE product AS
                SELECT product_id, NULL::text AS brand_id, ARRAY[category_10, category_20, category_30, category_40] AS categories
                FROM raw_product;
                CREATE TABLE tag AS
                SELECT household_id, 'price ' || price_sensitivity AS tag FROM raw_person WHERE price_sensitivity IS NOT NULL
                UNION ALL SELECT household_id, 'stage ' || lifestage FROM raw_person WHERE lifestage IS NOT NULL;
                """
    }

    private var x5: String {
        copy(
            "raw_receipt",
            """
            basket_id text, household_id text, store_id text, sold text, purchase_sum numeric, regular_received numeric,
            express_received numeric, regular_spent numeric, express_spent numeric
            """, "dev/receipts.csv.gz")
            + copy("raw_line", "basket_id text, household_id text, product_id text, quantity numeric", "dev/receipt_lines.csv.gz")
            + copy(
                "raw_product",
                """
                product_id text, level_1 text, level_2 text, level_3 text, level_4 text, segment_id text, brand_id text,
                vendor_id text, netto text, own text, alcohol text
                """, "common/products.csv.gz")
            + copy("raw_person", "household_id text, age text, gender text, query_time text", "dev/clients.csv.gz")
                + """
                CREATE TABLE line AS
                SELECT receipt.household_id, basket_id, receipt.store_id, left(receipt.sold, 10)::date AS day, product_id,
                    NULL::bigint AS money, 0::bigint AS base, 0::bigint AS regular, round(1000 * quantity)::bigint AS quantity_milli
                FROM raw_line
                JOIN raw_receipt AS receipt USING (basket_id);
                CREATE TABLE basket AS
                SELECT household_id, basket_id, store_id, left(sold, 10)::date AS day, round(100 * purchase_sum)::bigint AS money
                FROM raw_receipt;
                CREATE TABLE product AS
                SELECT product_id, brand_id, ARRAY[level_4, level_3, level_2, level_1] AS categories
                FROM raw_product;
                CREATE TABLE tag AS
                SELECT household_id, 'gender ' || gender AS tag FROM raw_person WHERE gender IS NOT NULL;
                """
    }
}
