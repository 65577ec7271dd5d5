package import Kernel
package import Postgres

extension Transaction {
    /// Below which each of these products may not be sold in a price zone on a day, in minor units; a product without
    /// bounds is left out. In a supplier's scope nothing is found: bounds are the retailer's. Index: the primary key.
    package func minimumPrices(
        of products: [Int32], inPriceZone zone: ExternalID?, on day: BusinessDay, at retailer: RetailerID
    ) throws -> [Int32: Int64] {
        try minimumPrices(of: products, inAnyOf: [zone ?? ExternalID(stored: "")], on: day, at: retailer)
    }

    /// As above, the highest over the price zones of some stores: what a campaign in all of them must keep to.
    package func minimumPrices(
        of products: [Int32], inStores stores: [Int32], on day: BusinessDay, at retailer: RetailerID
    ) throws -> [Int32: Int64] {
        let zones = try query(
            """
            SELECT DISTINCT COALESCE(price_zone_id, '')
            FROM store
            WHERE retailer_id = \(retailer) AND ordinal = ANY(\(stores))
            """, { row in try row.next(ExternalID.self) })
        return try minimumPrices(of: products, inAnyOf: zones, on: day, at: retailer)
    }

    private func minimumPrices(
        of products: [Int32], inAnyOf zones: [ExternalID], on day: BusinessDay, at retailer: RetailerID
    ) throws -> [Int32: Int64] {
        let found = try query(
            """
            SELECT product.ordinal, max(bound.amount)
            FROM product
            CROSS JOIN unnest(\(zones)) AS zone (price_zone_id)
            CROSS JOIN unnest(\(PriceBoundKind.allCases)) AS kind (word)
            CROSS JOIN LATERAL (
                SELECT price_bound.amount
                FROM price_bound
                WHERE price_bound.retailer_id = \(retailer) AND price_bound.product_id = product.product_id
                    AND price_bound.kind = kind.word AND price_bound.price_zone_id IN (zone.price_zone_id, '')
                    AND price_bound.valid_from <= \(day)
                ORDER BY price_bound.price_zone_id <> '' DESC, price_bound.valid_from DESC
                LIMIT 1
            ) AS bound
            WHERE product.retailer_id = \(retailer) AND product.ordinal = ANY(\(products))
            GROUP BY product.ordinal
            """
        ) { row in (try row.next(Int32.self), try row.next(Int64.self)) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// What these products cost in a store on a day, in minor units; a product without prices is left out. Of one kind
    /// the price of the nearest place holds, and of one place the newest. Index: the primary key.
    package func pricesInForce(
        of products: [Int32], inStore store: Int32, on day: BusinessDay, at retailer: RetailerID
    ) throws -> [Int32: PricesInForce] {
        let found = try query(
            """
            SELECT product.ordinal, kind.word, found.amount
            FROM product
            JOIN store ON store.retailer_id = \(retailer) AND store.ordinal = \(store)
            CROSS JOIN unnest(\(PriceKind.allCases)) AS kind (word)
            CROSS JOIN LATERAL (
                SELECT price.amount
                FROM price
                WHERE price.retailer_id = \(retailer) AND price.product_id = product.product_id AND price.kind = kind.word
                    AND (price.place_kind = 'everywhere'
                        OR price.place_kind = 'price_zone' AND price.place_id = store.price_zone_id
                        OR price.place_kind = 'store' AND price.place_id = store.store_id)
                    AND price.valid_from <= \(day) AND (price.valid_to IS NULL OR price.valid_to >= \(day))
                ORDER BY array_position(ARRAY['store', 'price_zone', 'everywhere'], price.place_kind), price.valid_from DESC
                LIMIT 1
            ) AS found
            WHERE product.retailer_id = \(retailer) AND product.ordinal = ANY(\(products))
            """
        ) { row in (product: try row.next(Int32.self), kind: try row.next(PriceKind.self), amount: try row.next(Int64.self)) }
        return found.reduce(into: [:]) { prices, line in
            switch line.kind {
            case .regular: prices[line.product, default: PricesInForce()].regular = line.amount
            case .card: prices[line.product, default: PricesInForce()].card = line.amount
            case .promo: prices[line.product, default: PricesInForce()].promo = line.amount
            }
        }
    }

    /// Prices of one product, after a cursor of the same list.
    func prices(
        of product: ExternalID, in asset: Asset, at retailer: RetailerID, after cursor: PriceCursor?, limit: Int
    ) throws -> [Price] {
        try query(
            """
            SELECT kind, place_kind, place_id, valid_from, valid_to, amount
            FROM price
            WHERE retailer_id = \(retailer) AND product_id = \(product)
                AND (\(cursor?.kind)::text IS NULL OR (kind, place_kind, place_id, valid_from)
                    > (\(cursor?.kind), \(cursor?.placeKind), \(cursor?.placeID), \(cursor?.validFrom)))
            ORDER BY kind, place_kind, place_id, valid_from
            LIMIT \(limit)
            """
        ) { row in
            Price(
                product: product, kind: try row.next(),
                place: PricePlace(kind: try row.next(), id: try row.next()), validFrom: try row.next(),
                validTo: try row.nextOptional(), amount: Money(minor: try row.next(), asset: asset))
        }
    }

    /// Bounds of one product, after a cursor of the same list.
    func priceBounds(
        of product: ExternalID, in asset: Asset, at retailer: RetailerID, after cursor: PriceCursor?, limit: Int
    ) throws -> [PriceBound] {
        try query(
            """
            SELECT kind, NULLIF(price_zone_id, ''), valid_from, amount
            FROM price_bound
            WHERE retailer_id = \(retailer) AND product_id = \(product)
                AND (\(cursor?.kind)::text IS NULL OR (kind, price_zone_id, valid_from)
                    > (\(cursor?.kind), \(cursor?.placeID), \(cursor?.validFrom)))
            ORDER BY kind, price_zone_id, valid_from
            LIMIT \(limit)
            """
        ) { row in
            PriceBound(
                product: product, kind: try row.next(), priceZone: try row.nextOptional(), validFrom: try row.next(),
                amount: Money(minor: try row.next(), asset: asset))
        }
    }
}
