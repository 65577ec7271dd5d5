/// The campaign of manufacturer 317 worked out by PostgreSQL from the staged files alone: 15 % off its products for those
/// who bought its category within 365 days, at most 50 cents a unit, 2 units a receipt and 4 a shopper, taken in the order of
/// sale; a fee of 10 %. Percentages are half up on one piece where the line's base divides by its pieces, else on the part.
enum CampaignRules {
    static let manufacturer = "317"
    static let category = "GROCERY/CHEESE"
    static let firstDay = "2017-11-06"
    /// The day after its last.
    static let endDay = "2017-12-04"
    static let depthBP: Int64 = 1_500
    static let capPerUnit: Int64 = 50
    static let unitsPerReceipt: Int64 = 2
    static let unitsPerShopper: Int64 = 4
    static let feeBP: Int64 = 1_000

    /// Fills `paid (basket_id, line_no, units, discount, fee)`.
    static let script = """
        CREATE TABLE member AS
        SELECT DISTINCT line.household_id
        FROM line JOIN product USING (product_id)
        WHERE product.categories[2] = '\(category)' AND line.day < '\(firstDay)' AND line.day >= date '\(firstDay)' - 365;

        CREATE FUNCTION discount_on(base bigint, pieces bigint, units bigint) RETURNS bigint LANGUAGE sql AS $$
            SELECT CASE WHEN base % pieces = 0
                THEN units * least((base / pieces * \(depthBP) + 5000) / 10000, \(capPerUnit))
                ELSE least((base * units / pieces * \(depthBP) + 5000) / 10000, \(capPerUnit) * units) END
        $$;

        CREATE TABLE paid (basket_id text, line_no bigint, household_id text, units bigint, discount bigint, fee bigint);
        DO $$
        DECLARE
            basket record; candidate record; left_of_receipt bigint; left_of_shopper bigint; take bigint; discount bigint;
        BEGIN
            FOR basket IN
                SELECT basket_id, household_id, min(sold_at) AS sold_at
                FROM line JOIN member USING (household_id)
                WHERE day >= '\(firstDay)' AND day < '\(endDay)'
                GROUP BY basket_id, household_id ORDER BY min(sold_at), basket_id COLLATE "C"
            LOOP
                left_of_receipt := \(unitsPerReceipt);
                SELECT \(unitsPerShopper) - coalesce(sum(units), 0) INTO left_of_shopper
                FROM paid WHERE household_id = basket.household_id;
                FOR candidate IN
                    SELECT line_no, base, pieces, discount_on(base, pieces, pieces) AS whole
                    FROM (
                        SELECT line_no, base, quantity_milli / 1000 AS pieces
                        FROM line JOIN product USING (product_id)
                        WHERE basket_id = basket.basket_id AND brand_id = '\(manufacturer)' AND quantity_milli > 0
                    ) AS own
                    WHERE discount_on(base, pieces, pieces) > 0
                    ORDER BY discount_on(base, pieces, pieces)::numeric / pieces DESC, line_no
                LOOP
                    take := least(candidate.pieces, left_of_receipt, left_of_shopper);
                    CONTINUE WHEN take <= 0;
                    discount := discount_on(candidate.base, candidate.pieces, take);
                    CONTINUE WHEN discount = 0;
                    INSERT INTO paid VALUES (
                        basket.basket_id, candidate.line_no, basket.household_id, take, discount,
                        (discount * \(feeBP) + 5000) / 10000);
                    left_of_receipt := left_of_receipt - take;
                    left_of_shopper := left_of_shopper - take;
                END LOOP;
            END LOOP;
        END $$;
        """

    /// The files as the layout wants them, with the receipts before the campaign alone.
    static func export(to folder: String) -> String {
        """
        COPY (
            SELECT household_id, store_id, basket_id, sold AS timestamp, week, product_id, quantity, sales_value, retail_disc,
                coupon_disc, coupon_match_disc, late AS in_last_8_weeks
            FROM raw_line WHERE left(sold, 10) < '\(firstDay)' ORDER BY place
        ) TO PROGRAM 'gzip -c > \(folder)/dev/receipt_lines.csv.gz' WITH (FORMAT csv, HEADER);
        COPY (
            SELECT product_id, manufacturer_id, department, label AS brand, product_category, product_type, package_size
            FROM raw_product WHERE product_id IN (SELECT product_id FROM raw_line) ORDER BY place
        ) TO PROGRAM 'gzip -c > \(folder)/common/products.csv.gz' WITH (FORMAT csv, HEADER);
        """
    }
}
