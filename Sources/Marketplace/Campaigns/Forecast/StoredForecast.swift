import JSONText
import Kernel

enum ForecastKind: IDKind { static let prefix = "forecast" }

/// A forecast as it is kept, to be compared with what came: with what it rests on.
struct StoredForecast: Sendable, JSONWritable {
    let id: TypedID<ForecastKind>
    let campaign: CampaignID
    let version: Int64
    let asOf: BusinessDay
    let windowDays: Int32
    let madeAt: Instant
    /// Of all shoppers, and so for the retailer alone.
    let isExact: Bool
    let products: [ForecastProduct]
    let withoutPrice: Int
    let forecast: Forecast

    /// Products that one answer lists.
    static let productsShownMax = 100

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", isExact ? "exact" : "rounded")
            json.field("id", id)
            json.field("campaign_id", campaign)
            json.field("version", version)
            json.field("as_of", asOf)
            json.field("window_days", windowDays)
            json.field("made_at", madeAt)
            forecast.writeMembers(to: &json)
            json.field("product_count", products.count)
            json.field("products_without_price", withoutPrice)
            json.array("products", products.prefix(Self.productsShownMax)) { json, product in
                json.object { json in
                    json.field("product_id", product.id)
                    json.field("base_price", Money(minor: product.baseMinor, asset: forecast.asset))
                    json.field("discount_per_unit", Money(minor: product.discountMinor, asset: forecast.asset))
                }
            }
        }
    }
}

/// A product with the base price that the forecast rests on.
struct ForecastProduct: Sendable, Hashable {
    let id: ExternalID
    let ordinal: Int32
    let baseMinor: Int64
    let discountMinor: Int64
    let depth: BasisPoints
}
