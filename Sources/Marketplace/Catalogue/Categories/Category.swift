package import HTTPSupport
package import JSONText
package import Kernel

/// A node of the retailer's tree of categories.
package struct Category: Sendable, Hashable {
    package let id: ExternalID
    package let parent: ExternalID?
    package let name: String

    package init(id: ExternalID, parent: ExternalID? = nil, name: String) {
        self.id = id
        self.parent = parent
        self.name = name
    }

    package init(_ fields: Fields, inPath path: ExternalID? = nil) {
        id = fields.ownID("category_id", inPath: path)
        parent = fields.externalIDIfPresent("parent_id")
        name = fields.string("name", max: CatalogueLimits.nameCharactersMax)
    }

    package static let csvColumns = [CSVColumn("category_id"), CSVColumn("parent_id"), CSVColumn("name")]
}

extension Category: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("category_id", id)
            json.field("parent_id", parent)
            json.field("name", name)
        }
    }
}
