import HTTPSupport
import HTTPTypes
import JSONText
import Kernel

/// The same question about several shoppers, each answered as if it had been asked alone.
struct OffersQuery: Sendable {
    static let shoppersMax = 500
    static let offersMax: Int64 = 50
    static let offersUsual: Int64 = 10

    /// In the order of the answer.
    let shoppers: [ExternalID]
    let question: OfferQuestion

    init(_ call: Call) throws {
        let reader = LanguagePreferences(call.headers[.acceptLanguage])
        self = try call.json { fields in
            let shoppers = fields.externalIDsIfPresent("shopper_ids", max: Self.shoppersMax) ?? []
            if shoppers.isEmpty, fields.isGoodSoFar { fields.refuse("shopper_ids", "required", "Name 1 to 500 shoppers.") }
            let limit = fields.integerIfPresent("limit", in: 1...Self.offersMax) ?? Self.offersUsual
            return OffersQuery(
                shoppers: shoppers,
                question: OfferQuestion(
                    store: fields.externalIDIfPresent("store_id"), category: fields.externalIDIfPresent("category_id"),
                    reader: reader, limit: Int(limit), after: nil))
        }
        try call.refuseForeignStore(question.store)
    }

    private init(shoppers: [ExternalID], question: OfferQuestion) {
        self.shoppers = shoppers
        self.question = question
    }
}

/// What a query found, by shopper: `{"data": [{"shopper_id": ..., "offers": [...], "next_cursor": ...}]}`. The cursor is one of
/// the shopper's own list.
struct ShopperOffers: JSONWritable {
    let pages: [(shopper: ExternalID, page: any OfferPage)]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("data", pages) { json, one in
                json.object { json in
                    json.field("shopper_id", one.shopper)
                    one.page.writeMembers(naming: "offers", to: &json)
                }
            }
        }
    }
}
