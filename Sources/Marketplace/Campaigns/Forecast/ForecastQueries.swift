import JSONText
import Kernel
import Postgres
import Profiles

extension Transaction {
    /// What an audience (nil: everybody, with or without a card) bought of some products and of their categories in the
    /// profile window, in one scan of its receipts. Returns of the window are not taken off: a forecast is of sales. At a moment
    /// of a sample each of its shoppers stands for several, and a sale without a shopper for itself.
    func forecastSales(of products: [Int32], by members: [Int64]?, on moment: ProfileMoment) throws -> ForecastSales {
        let lines = try query(
            """
            WITH wanted AS (
                SELECT product.ordinal, product.unit
                FROM product
                WHERE product.retailer_id = \(moment.retailer) AND (
                    product.ordinal = ANY (\(products)) OR product.category_id IN (
                        SELECT chosen.category_id
                        FROM product AS chosen
                        WHERE chosen.retailer_id = \(moment.retailer) AND chosen.ordinal = ANY (\(products))
                    )
                )
            ), member AS (
                SELECT DISTINCT shopper_key FROM unnest(\(members ?? [])) AS shopper_key
            )
            SELECT wanted.ordinal,
                COALESCE(sum(sold.units) FILTER (WHERE \(members == nil) OR member.shopper_key IS NOT NULL), 0)::bigint,
                COALESCE(sum(sold.units), 0)::bigint
            FROM receipt
            CROSS JOIN LATERAL unnest(receipt.product_ordinal, receipt.quantity_milli) AS line (ordinal, quantity_milli)
            JOIN wanted ON wanted.ordinal = line.ordinal
            CROSS JOIN LATERAL (
                SELECT CASE WHEN wanted.unit = 'piece' THEN (line.quantity_milli + 999) / 1000 ELSE 1 END
                    * CASE WHEN receipt.shopper_key IS NULL THEN 1 ELSE \(moment.weight) END AS units
            ) AS sold
            LEFT JOIN member ON member.shopper_key = receipt.shopper_key
            WHERE receipt.retailer_id = \(moment.retailer)
                AND receipt.business_day BETWEEN \(moment.windowStart) AND \(moment.asOf)
                AND receipt.kind = 'sale' AND receipt.voided_at IS NULL
                AND (receipt.shopper_key IS NULL OR \(fragment: moment.isOfSample))
            GROUP BY wanted.ordinal
            """
        ) { row in (ordinal: try row.next(Int32.self), audience: try row.next(Int64.self), all: try row.next(Int64.self)) }
        return ForecastSales(
            audience: Dictionary(uniqueKeysWithValues: lines.map { ($0.ordinal, $0.audience) }),
            all: Dictionary(uniqueKeysWithValues: lines.map { ($0.ordinal, $0.all) }))
    }

    /// How many of an audience bought one of the products in the window, and how many came at all in its last `days`.
    func forecastVisits(
        of members: [Int64]?, products: [Int32], days: Int32, on moment: ProfileMoment
    ) throws -> (buyers: Int64, visitors: Int64) {
        let since = moment.asOf.adding(days: 1 - min(days, moment.windowDays))
        return try one(
            """
            SELECT \(moment.weight) * count(DISTINCT receipt.shopper_key) FILTER (
                    WHERE receipt.product_ordinal && \(products)
                ),
                \(moment.weight) * count(DISTINCT receipt.shopper_key) FILTER (WHERE receipt.business_day >= \(since))
            FROM receipt
            JOIN shopper ON shopper.retailer_id = receipt.retailer_id AND shopper.shopper_key = receipt.shopper_key
            WHERE receipt.retailer_id = \(moment.retailer)
                AND receipt.business_day BETWEEN \(moment.windowStart) AND \(moment.asOf)
                AND receipt.kind = 'sale' AND receipt.voided_at IS NULL
                AND (\(members == nil) OR receipt.shopper_key = ANY (\(members ?? [])))
                AND \(fragment: moment.isOfSample)
                AND shopper.kind = 'person' AND shopper.erased_at IS NULL
                AND COALESCE(shopper.personal_offers, (
                    SELECT personal_offers_default FROM policy WHERE policy.retailer_id = \(moment.retailer)
                ))
            """
        ) { row in (buyers: try row.next(), visitors: try row.next()) }
    }

    func insert(_ forecast: StoredForecast, of campaign: Campaign) throws {
        try execute(
            """
            INSERT INTO campaign_forecast (
                retailer_id, campaign_id, supplier_id, forecast_id, version, as_of, forecast, made_at
            )
            VALUES (
                \(campaign.retailer), \(campaign.id), \(campaign.supplier), \(forecast.id), \(campaign.version),
                \(forecast.asOf), \(JSONB(forecast.jsonBytes)), \(forecast.madeAt)
            )
            """)
    }

    /// The newest forecast of a campaign's present version, as it was shown. `forSupplier`: of those that are not exact. One
    /// that does not say is older than the difference, and may be either.
    func latestForecast(of campaign: Campaign, forSupplier: Bool) throws -> [UInt8]? {
        try first(
            """
            SELECT forecast
            FROM campaign_forecast
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
                AND (\(!forSupplier) OR forecast ->> 'kind' = 'rounded')
            ORDER BY made_at DESC, forecast_id DESC
            LIMIT 1
            """
        ) { row in try row.next(JSONB.self).text }
    }
}

extension ProfileMoment {
    /// Whether a receipt's shopper is one of those whose profiles are looked at.
    fileprivate var isOfSample: SQL { sample?.holds("receipt.shopper_key") ?? "true" }
}

/// Units by product ordinal, of the products and of all others in their categories.
struct ForecastSales: Sendable {
    let audience: [Int32: Int64]
    let all: [Int32: Int64]

    var audienceTotal: Int64 { audience.values.reduce(0, +) }
    var allTotal: Int64 { all.values.reduce(0, +) }
}
