import JSONText
import Kernel
import Profiles

/// One way to ask a question about a shopper, as a form shows it: its fields, and what each takes.
struct CriterionForm: Sendable {
    /// The member of a predicate.
    let criterion: String
    let title: String
    let fields: [FormField]
    /// Of these fields one is given, and no other.
    var exactlyOne: [String] = []
    /// Of these fields one is given at least.
    var atLeastOne: [String] = []
}

/// A member of a criterion.
struct FormField: Sendable {
    /// What a value is: one of a list of the answer's, or a number.
    enum Kind: String, Sendable {
        /// Lists of ids or names.
        case stores, brands, categories, products, traits, tags, segments
        /// Minor units.
        case amount
        case integer
        /// An integer in an object: `{"gte": 4}`.
        case score
    }

    let name: String
    let kind: Kind
    var isRequired = false
    /// Of a list.
    var itemsMax: Int?
    /// Both ends are within.
    var range: ClosedRange<Int64>?
    var fallback: Int64?
    /// The only numbers there are.
    var choices: [Int64]?
    /// Where a supplier's number goes to the nearest of these.
    var steps: [Int64]?
}

extension CriterionForm {
    /// All there are. The bounds are those that the parser holds; the steps are the grid's.
    static let all: [CriterionForm] = [
        CriterionForm(
            criterion: "stores", title: "Came to these stores in the window",
            fields: [.list("any", .stores, max: Criterion.idsMax, isRequired: true), .receipts]),
        .amounts("average_check", title: "Money paid by receipt in the window"),
        .counts("purchase_frequency", title: "Receipts in the window", steps: BoundGrid.frequencies),
        .amounts("spend", title: "Money paid in the window"),
        .counts("recency_days", title: "Days since the last receipt", steps: BoundGrid.days),
        CriterionForm(
            criterion: "favourite_brands", title: "These brands are among those with most money in the window",
            fields: [
                .list("any", .brands, max: Criterion.idsMax, isRequired: true),
                .number("top", in: 1...Int64(Criterion.topMax), fallback: Int64(Criterion.topDefault), steps: BoundGrid.tops),
            ]),
        CriterionForm(
            criterion: "bought", title: "Bought such goods in the last days",
            fields: [
                .list("products", .products, max: Merchandise.idsMax), .list("brands", .brands, max: Merchandise.idsMax),
                .list("categories", .categories, max: Merchandise.idsMax),
                FormField(
                    name: "within_days", kind: .integer, isRequired: true, choices: Criterion.boughtDays.map(Int64.init)),
                .receipts,
            ], exactlyOne: ["products", "brands", "categories"]),
        CriterionForm(
            criterion: "traits", title: "Has these traits",
            fields: [.list("any", .traits, max: Criterion.namesMax), .list("all", .traits, max: Criterion.namesMax)],
            exactlyOne: ["any", "all"]),
        CriterionForm(
            criterion: "rfm", title: "Is in these segments by recency, frequency and money",
            fields: [.list("segments", .segments, max: Segment.allCases.count, isRequired: true)]),
        CriterionForm(
            criterion: "rfm", title: "Has at least these scores of recency, frequency and money",
            fields: ["r", "f", "m"].map { FormField(name: $0, kind: .score, range: 1...5) }, atLeastOne: ["r", "f", "m"]),
        CriterionForm(
            criterion: "tags", title: "Is on these lists of the retailer",
            fields: [.list("any", .tags, max: Criterion.namesMax), .list("all", .tags, max: Criterion.namesMax)],
            exactlyOne: ["any", "all"]),
    ]

    private static func amounts(_ criterion: String, title: String) -> CriterionForm {
        let bounds = [("gte", Int64(0)), ("lt", 1)].map { name, least in
            FormField(name: name, kind: .amount, range: least...Money.bound, steps: BoundGrid.amounts)
        }
        return CriterionForm(criterion: criterion, title: title, fields: bounds, atLeastOne: ["gte", "lt"])
    }

    private static func counts(_ criterion: String, title: String, steps: [Int64]) -> CriterionForm {
        let bounds = ["gte", "lte"].map { FormField.number($0, in: 0...Int64(Criterion.countMax), steps: steps) }
        return CriterionForm(criterion: criterion, title: title, fields: bounds, atLeastOne: ["gte", "lte"])
    }
}

extension FormField {
    fileprivate static func list(_ name: String, _ kind: Kind, max: Int, isRequired: Bool = false) -> FormField {
        FormField(name: name, kind: kind, isRequired: isRequired, itemsMax: max)
    }

    fileprivate static func number(
        _ name: String, in range: ClosedRange<Int64>, fallback: Int64? = nil, steps: [Int64]
    ) -> FormField {
        FormField(name: name, kind: .integer, range: range, fallback: fallback, steps: steps)
    }

    fileprivate static let receipts = number(
        "min_receipts", in: 1...Int64(Criterion.receiptsMax), fallback: 1, steps: BoundGrid.receipts)
}

extension CriterionForm {
    /// `withSteps`: for a supplier, whose bounds go to the grid.
    func write(to json: inout JSONWriter, withSteps: Bool) {
        json.object { json in
            json.field("criterion", criterion)
            json.field("title", title)
            json.array("fields", fields) { json, field in field.write(to: &json, withSteps: withSteps) }
            json.field("exactly_one", exactlyOne)
            json.field("at_least_one", atLeastOne)
        }
    }
}

extension FormField {
    fileprivate func write(to json: inout JSONWriter, withSteps: Bool) {
        json.object { json in
            json.field("name", name)
            json.field("kind", word: kind)
            json.field("required", isRequired)
            json.fieldIfPresent("items_max", itemsMax)
            json.fieldIfPresent("gte", range?.lowerBound)
            json.fieldIfPresent("lte", range?.upperBound)
            json.fieldIfPresent("default", fallback)
            json.fieldIfPresent("choices", choices)
            json.fieldIfPresent("steps", withSteps ? steps : nil)
        }
    }
}
