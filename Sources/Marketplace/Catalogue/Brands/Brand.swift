package import HTTPSupport
package import JSONText
package import Kernel

/// A brand of the retailer's catalogue.
package struct Brand: Sendable, Hashable {
    package let id: ExternalID
    package let name: String

    package init(id: ExternalID, name: String) {
        self.id = id
        self.name = name
    }

    package init(_ fields: Fields, inPath path: ExternalID? = nil) {
        id = fields.ownID("brand_id", inPath: path)
        name = fields.string("name", max: CatalogueLimits.nameCharactersMax)
    }

    package static let csvColumns = [CSVColumn("brand_id"), CSVColumn("name")]
}

extension Brand: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("brand_id", id)
            json.field("name", name)
        }
    }
}
