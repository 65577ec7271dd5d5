import JSONText
import Kernel
import Parties
import Profiles

/// What a caller may make an audience of: the criteria with their bounds, and the names that it may use. Lists are whole, or
/// say that they are not and where the rest is.
struct AudienceCriteria: Sendable {
    /// A list as long as a form can show; `path`, below the retailer's, lists all where there is such a route.
    struct Choices<Element: Sendable>: Sendable {
        static var shownMax: Int { 1_000 }

        let elements: [Element]
        let isWhole: Bool
        let path: String?

        /// `found`: up to one more than are shown.
        init(_ found: [Element], path: String?) {
            elements = Array(found.prefix(Self.shownMax))
            isWhole = found.count <= Self.shownMax
            self.path = path
        }
    }

    struct Named: Sendable {
        let id: ExternalID
        let name: String
    }

    struct Region: Sendable {
        let name: String
        let stores: [ExternalID]
    }

    /// A supplier's numbers: protected, and so many a day.
    struct Protection: Sendable {
        let floor: Int32
        let predicatesLeft: Int64
    }

    /// Of what the caller's previews would count now.
    let moment: ProfileMoment
    let asset: Asset
    /// Nil for the retailer, who reads exact numbers.
    let protection: Protection?
    /// What goods may be asked about; nil: all.
    let reach: InsightScope.Reach?
    let brands: Choices<Named>
    let categories: Choices<Named>
    /// Single ones; all of the listed brands and categories may be named too.
    let products: Choices<ExternalID>
    /// A supplier asks for all stores of a region together.
    let regions: [Region]
    let isRegionsWhole: Bool
    /// Stores that may be asked for one by one.
    let stores: Choices<ExternalID>
    let traits: [(name: TraitName, description: String)]
    let tags: Choices<String>
}

extension AudienceCriteria: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", protection == nil ? "exact" : "rounded")
            json.field("currency", asset.code)
            json.field("as_of", moment.asOf)
            json.object("window") { json in
                json.field("from", moment.windowStart)
                json.field("through", moment.asOf)
            }
            json.field("depth_max", Predicate.depthMax)
            json.field("leaves_max", Predicate.leavesMax)
            json.field("floor", protection?.floor)
            json.field("step", protection.map { SupplierCount.step(floor: $0.floor) })
            json.field("predicates_left", protection?.predicatesLeft)
            json.array("criteria", CriterionForm.all) { json, form in form.write(to: &json, withSteps: protection != nil) }
            json.field("goods", reach?.rawValue ?? InsightScope.Reach.all.rawValue)
            json.write("brands", brands) { json, brand in brand.write("brand_id", to: &json) }
            json.write("categories", categories) { json, category in category.write("category_id", to: &json) }
            json.write("products", products) { json, id in id.write(to: &json) }
            json.object("regions") { json in
                json.array("data", regions) { json, region in
                    json.object { json in
                        json.field("region", region.name)
                        json.field("stores", region.stores)
                    }
                }
                json.field("is_whole", isRegionsWhole)
                json.field("path", String?.none)
            }
            json.write("stores", stores) { json, id in id.write(to: &json) }
            json.array("traits", traits) { json, trait in
                json.object { json in
                    json.field("name", trait.name)
                    json.field("description", trait.description)
                }
            }
            json.write("tags", tags) { json, tag in json.string(tag) }
            json.field("segments", Segment.allCases.sorted())
        }
    }
}

extension AudienceCriteria.Named {
    fileprivate func write(_ idName: String, to json: inout JSONWriter) {
        json.object { json in
            json.field(idName, id)
            json.field("name", name)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write<Element>(
        _ name: String, _ choices: AudienceCriteria.Choices<Element>, _ body: (inout JSONWriter, Element) -> Void
    ) {
        object(name) { json in
            json.array("data", choices.elements) { json, element in body(&json, element) }
            json.field("is_whole", choices.isWhole)
            json.field("path", choices.path)
        }
    }
}
