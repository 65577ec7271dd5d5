package import HTTPSupport
package import JSONText
package import Kernel
import Postgres

package enum PriceKind: String, CaseIterable, SQLWord {
    /// On the shelf, for everybody.
    case regular
    /// For who shows the loyalty card.
    case card
    /// The retailer's own promotion.
    case promo
}

/// Where a price holds. A price of a store goes before one of its price zone, that before one of everywhere.
package enum PricePlace: Sendable, Hashable {
    case everywhere
    case priceZone(ExternalID)
    case store(ExternalID)

    /// As `price.place_kind` has it.
    package var kind: String {
        switch self {
        case .everywhere: "everywhere"
        case .priceZone: "price_zone"
        case .store: "store"
        }
    }

    /// As `price.place_id` has it.
    package var id: ExternalID {
        switch self {
        case .everywhere: ExternalID(stored: "")
        case .priceZone(let id), .store(let id): id
        }
    }

    package init(kind: String, id: ExternalID) {
        switch kind {
        case "price_zone": self = .priceZone(id)
        case "store": self = .store(id)
        default: self = .everywhere
        }
    }

    init(_ fields: Fields) {
        switch (fields.externalIDIfPresent("store_id"), fields.externalIDIfPresent("price_zone_id")) {
        case (let store?, let zone):
            if zone != nil { fields.refuse("price_zone_id", "one_place_only", "Name a store or a price zone, not both.") }
            self = .store(store)
        case (nil, let zone?): self = .priceZone(zone)
        case (nil, nil): self = .everywhere
        }
    }
}

/// What a product costs somewhere from a day on. For display, forecast and checks: the till's price wins (DOMAIN 2).
package struct Price: Sendable, Hashable {
    package let product: ExternalID
    package let kind: PriceKind
    package let place: PricePlace
    package let validFrom: BusinessDay
    /// The last day of it; nil where it holds until a newer one.
    package let validTo: BusinessDay?
    package let amount: Money

    package init(
        product: ExternalID, kind: PriceKind = .regular, place: PricePlace = .everywhere, validFrom: BusinessDay,
        validTo: BusinessDay? = nil, amount: Money
    ) {
        self.product = product
        self.kind = kind
        self.place = place
        self.validFrom = validFrom
        self.validTo = validTo
        self.amount = amount
    }

    /// `asset` is the retailer's.
    package init(_ fields: Fields, in asset: Asset, inPath path: ExternalID? = nil) {
        product = fields.ownID("product_id", inPath: path)
        kind = fields.word("kind")
        place = PricePlace(fields)
        validFrom = fields.day("valid_from")
        validTo = fields.dayIfPresent("valid_to")
        amount = fields.money("price", in: asset)
        if let validTo, validTo < validFrom {
            fields.refuse("valid_to", "before_valid_from", "Must not be before valid_from.")
        }
    }

    package static let csvColumns = [
        CSVColumn("product_id"), CSVColumn("kind"), CSVColumn("store_id"), CSVColumn("price_zone_id"),
        CSVColumn("valid_from"), CSVColumn("valid_to"), CSVColumn("amount", .integer, path: ["price", "amount"]),
        CSVColumn("currency", path: ["price", "currency"]),
    ]

    /// What makes it one: a later price with the same key replaces it.
    package struct Key: Hashable, Comparable, Sendable {
        let product: ExternalID
        let kind: String
        let placeKind: String
        let placeID: ExternalID
        let validFrom: BusinessDay

        package static func < (left: Key, right: Key) -> Bool {
            (left.product, left.kind, left.placeKind, left.placeID, left.validFrom)
                < (right.product, right.kind, right.placeKind, right.placeID, right.validFrom)
        }
    }

    package var key: Key {
        Key(product: product, kind: kind.rawValue, placeKind: place.kind, placeID: place.id, validFrom: validFrom)
    }
}

extension Price: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", product)
            json.field("kind", word: kind)
            if case .store(let id) = place { json.field("store_id", id) }
            if case .priceZone(let id) = place { json.field("price_zone_id", id) }
            json.field("valid_from", validFrom)
            json.field("valid_to", validTo)
            json.field("price", amount)
        }
    }
}

/// The prices of a product in a store on a day.
package struct PricesInForce: Sendable, Hashable {
    package var regular: Int64?
    package var card: Int64?
    package var promo: Int64?

    package init(regular: Int64? = nil, card: Int64? = nil, promo: Int64? = nil) {
        self.regular = regular
        self.card = card
        self.promo = promo
    }
}
