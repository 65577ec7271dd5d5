package import HTTPSupport
package import JSONText
package import Kernel
import Postgres

package enum PriceBoundKind: String, CaseIterable, SQLWord {
    /// What the retailer paid.
    case cost
    /// Tobacco, alcohol: what the law allows.
    case legalMinimum = "legal_minimum"
    /// The retailer's own.
    case floor
}

/// Below which a product may not be sold, from a day on. A bound of a price zone goes before one of everywhere; the
/// minimum price is the highest of the three kinds. No supplier ever sees one (DOMAIN 2).
package struct PriceBound: Sendable, Hashable {
    package let product: ExternalID
    package let kind: PriceBoundKind
    /// Nil means everywhere.
    package let priceZone: ExternalID?
    package let validFrom: BusinessDay
    package let amount: Money

    package init(
        product: ExternalID, kind: PriceBoundKind, priceZone: ExternalID? = nil, validFrom: BusinessDay, amount: Money
    ) {
        self.product = product
        self.kind = kind
        self.priceZone = priceZone
        self.validFrom = validFrom
        self.amount = amount
    }

    /// `asset` is the retailer's. A single write names product and kind in its path.
    package init(
        _ fields: Fields, in asset: Asset, inPath path: (product: ExternalID, kind: PriceBoundKind)? = nil
    ) {
        product = fields.ownID("product_id", inPath: path?.product)
        kind = path?.kind ?? fields.word("kind")
        priceZone = fields.externalIDIfPresent("price_zone_id")
        validFrom = fields.day("valid_from")
        amount = fields.money("price", in: asset)
    }

    package static let csvColumns = [
        CSVColumn("product_id"), CSVColumn("kind"), CSVColumn("price_zone_id"), CSVColumn("valid_from"),
        CSVColumn("amount", .integer, path: ["price", "amount"]), CSVColumn("currency", path: ["price", "currency"]),
    ]

    /// What makes it one: a later bound with the same key replaces it.
    package struct Key: Hashable, Comparable, Sendable {
        let product: ExternalID
        let kind: String
        let priceZone: ExternalID
        let validFrom: BusinessDay

        package static func < (left: Key, right: Key) -> Bool {
            (left.product, left.kind, left.priceZone, left.validFrom)
                < (right.product, right.kind, right.priceZone, right.validFrom)
        }
    }

    package var key: Key {
        Key(product: product, kind: kind.rawValue, priceZone: priceZone ?? ExternalID(stored: ""), validFrom: validFrom)
    }
}

extension PriceBound: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("product_id", product)
            json.field("kind", word: kind)
            json.field("price_zone_id", priceZone)
            json.field("valid_from", validFrom)
            json.field("price", amount)
        }
    }
}
