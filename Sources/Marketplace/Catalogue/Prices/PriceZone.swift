package import HTTPSupport
package import JSONText
package import Kernel

/// Stores that have the same prices.
package struct PriceZone: Sendable, Hashable {
    package let id: ExternalID
    package let name: String

    package init(id: ExternalID, name: String) {
        self.id = id
        self.name = name
    }

    package init(_ fields: Fields, inPath path: ExternalID? = nil) {
        id = fields.ownID("price_zone_id", inPath: path)
        name = fields.string("name", max: CatalogueLimits.nameCharactersMax)
    }

    package static let csvColumns = [CSVColumn("price_zone_id"), CSVColumn("name")]
}

extension PriceZone: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("price_zone_id", id)
            json.field("name", name)
        }
    }
}
