package import JSONText
package import Kernel

/// The tenant: one legal entity with one currency. A group is several retailers.
package struct Retailer: Sendable, Hashable {
    package let id: RetailerID
    package let name: String
    package let asset: Asset
    /// Digits after the point of the currency: 2 for kopecks and cents.
    package let minorExponent: Int32
    /// IANA name of the zone in which its business days begin, unless a store says otherwise.
    package let zone: String
    /// BCP 47, for labels where the shopper's language is not known.
    package let language: String
    package let createdAt: Instant
}

extension Retailer: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("name", name)
            json.field("currency", asset.code)
            json.field("minor_exponent", minorExponent)
            json.field("zone", zone)
            json.field("language", language)
            json.field("created_at", createdAt)
        }
    }
}
