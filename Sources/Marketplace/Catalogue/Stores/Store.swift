package import HTTPSupport
package import JSONText
package import Kernel

/// A shop or a web shop of the retailer, as the retailer describes it.
package struct Store: Sendable, Hashable {
    package var id: ExternalID
    package var name: String
    /// What suppliers see stores by (DOMAIN 10); empty where the retailer has none.
    package var region: String
    /// `hyper`, `convenience`, ...: the retailer's own word.
    package var format: String
    package var priceZone: ExternalID?
    /// IANA name of the zone in which its business days begin; nil means the retailer's.
    package var zone: String?
    /// The first day on which it was not open any more.
    package var closedOn: BusinessDay?

    package init(
        id: ExternalID, name: String, region: String = "", format: String = "", priceZone: ExternalID? = nil,
        zone: String? = nil, closedOn: BusinessDay? = nil
    ) {
        self.id = id
        self.name = name
        self.region = region
        self.format = format
        self.priceZone = priceZone
        self.zone = zone
        self.closedOn = closedOn
    }

    package init(_ fields: Fields, inPath path: ExternalID? = nil) {
        id = fields.ownID("store_id", inPath: path)
        name = fields.string("name", max: CatalogueLimits.nameCharactersMax)
        region = fields.stringIfPresent("region", max: CatalogueLimits.wordCharactersMax) ?? ""
        format = fields.stringIfPresent("format", max: CatalogueLimits.wordCharactersMax) ?? ""
        priceZone = fields.externalIDIfPresent("price_zone_id")
        zone = fields.stringIfPresent("zone", max: 64)
        closedOn = fields.dayIfPresent("closed_on")
    }

    package static let csvColumns = [
        CSVColumn("store_id"), CSVColumn("name"), CSVColumn("region"), CSVColumn("format"), CSVColumn("price_zone_id"),
        CSVColumn("zone"), CSVColumn("closed_on"),
    ]
}

/// A store as it stands in the catalogue.
package struct StoredStore: Sendable, Hashable, JSONWritable {
    package let store: Store
    /// Its dense number within the retailer.
    package let ordinal: Int32
    /// A receipt named it before the retailer loaded it.
    package let isStub: Bool
    package let updatedAt: Instant

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("store_id", store.id)
            json.field("name", store.name)
            json.field("region", store.region)
            json.field("format", store.format)
            json.field("price_zone_id", store.priceZone)
            json.field("zone", store.zone)
            json.field("closed_on", store.closedOn)
            json.field("is_stub", isStub)
            json.field("updated_at", updatedAt)
        }
    }
}
