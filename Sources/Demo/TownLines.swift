import DemoTown
import JSONText
import Kernel

/// The town's feeds as lines of NDJSON, in the shapes of the contract.
struct TownLines: Sendable {
    let town: Town
    /// The supplier of the story, and its place among the town's.
    let supplier: (index: Int, id: String)
    /// From which day on regular prices and costs hold.
    let firstDay: BusinessDay

    static func write(_ store: TownStore, to json: inout JSONWriter) {
        json.object { json in
            json.field("store_id", store.id)
            json.field("name", store.name)
            json.field("region", store.region)
        }
    }

    func write(_ product: TownProduct, to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", product.id)
            json.field("name", product.name)
            json.field("brand_id", town.brands[product.brand].id)
            json.field("category_id", town.categories[product.category].id)
            json.field("unit", word: product.unit)
            json.field("vat_rate_bp", product.vatRateBp)
            json.field("is_private_label", product.owner == .privateLabel)
            json.field("is_adult", product.isAdult)
            json.array("supplier_ids", product.owner == .supplier(supplier.index) ? [supplier.id] : []) { $0.string($1) }
        }
    }

    /// What the product costs everywhere, all the time.
    func writeRegularPrice(of product: TownProduct, to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", product.id)
            json.field("kind", "regular")
            json.field("valid_from", firstDay)
            json.price(product.regularPriceMinor)
        }
    }

    /// What it cost the retailer; with VAT, as all amounts.
    func writeCost(of product: TownProduct, to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", product.id)
            json.field("kind", "cost")
            json.field("valid_from", firstDay)
            json.price(product.costMinor * Int64(10_000 + product.vatRateBp) / 10_000)
        }
    }

    /// What a card holder pays in one week.
    func writeCardPrice(_ price: CardPrice, to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", town.products[price.product].id)
            json.field("kind", "card")
            json.field("valid_from", price.monday)
            json.field("valid_to", price.monday.adding(days: 6))
            json.price(price.minor)
        }
    }

    /// The products that are cheaper with a card in one week.
    func cardPrices(inWeekOf monday: BusinessDay) -> [CardPrice] {
        let shelf = town.shelf(inWeekOf: monday)
        return town.products.compactMap { product in
            let minor = shelf.cardPriceMinor(of: product.index)
            return minor < product.regularPriceMinor
                ? CardPrice(product: product.index, monday: monday, minor: minor) : nil
        }
    }

    /// Two of three card holders have proved their age.
    func writeShopper(_ index: Int, to json: inout JSONWriter) {
        json.object { json in
            json.field("shopper_id", town.shopper(index).id)
            json.field("adult", index % 3 == 0 ? "unknown" : "yes")
        }
    }
}

struct CardPrice: Sendable {
    let product: Int
    let monday: BusinessDay
    let minor: Int64
}

extension TownReceipt {
    /// As a till posts it; `discounts` are those that it gave, by line number.
    func write(to json: inout JSONWriter, discounts: [Int32: [TillDiscount]] = [:]) {
        let given = discounts.values.joined().reduce(0) { $0 + $1.amount }
        json.object { json in
            writeKey(to: &json)
            json.field("sold_at", soldAt)
            json.fieldIfPresent("shopper_id", shopperID)
            json.field("total", totalMinor - given)
            json.array("lines", lines) { json, line in line.write(to: &json, discounts: discounts[line.lineNo]) }
        }
    }

    func writeKey(to json: inout JSONWriter) {
        json.field("store_id", storeID)
        json.field("business_day", businessDay)
        json.field("till", till)
        json.field("number", number)
    }
}

/// A discount that a till gave on a line, as it was quoted.
struct TillDiscount: Sendable {
    let campaign: String
    let quote: String
    let amount: Int64
}

extension TownLine {
    fileprivate func write(to json: inout JSONWriter, discounts: [TillDiscount]?) {
        json.object { json in
            writeGoods(to: &json)
            json.field("paid_amount", baseAmountMinor - (discounts ?? []).reduce(0) { $0 + $1.amount })
            json.field("vat_rate_bp", vatRateBp)
            guard let discounts else { return }
            json.array("discounts", discounts) { json, discount in
                json.object { json in
                    json.field("campaign_id", discount.campaign)
                    json.field("quote_id", discount.quote)
                    json.field("amount", discount.amount)
                }
            }
        }
    }

    /// What a quote asks about, too.
    func writeGoods(to json: inout JSONWriter) {
        json.field("line_no", lineNo)
        json.field("product_id", productID)
        json.field("quantity_milli", quantityMilli)
        json.field("unit", word: unit)
        json.field("regular_amount", regularAmountMinor)
        json.field("base_amount", baseAmountMinor)
    }
}

extension JSONWriter {
    fileprivate mutating func price(_ minor: Int64) {
        name("price")
        object { json in
            json.field("amount", minor)
            json.field("currency", "RUB")
        }
    }
}
