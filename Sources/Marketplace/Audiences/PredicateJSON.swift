package import JSONText
import Kernel
import Profiles

extension Predicate: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .all(let parts): json.field("all", parts)
            case .any(let parts): json.field("any", parts)
            case .not(let part): json.field("not", part)
            case .leaf(let criterion): json.object(criterion.word) { criterion.writeMembers(to: &$0) }
            }
        }
    }
}

extension Criterion {
    /// The member's name in JSON.
    package var word: String {
        switch self {
        case .stores: "stores"
        case .averageCheck: "average_check"
        case .purchaseFrequency: "purchase_frequency"
        case .spend: "spend"
        case .recencyDays: "recency_days"
        case .favouriteBrands: "favourite_brands"
        case .bought: "bought"
        case .traits: "traits"
        case .rfmSegments, .rfmScores: "rfm"
        case .tags: "tags"
        }
    }

    fileprivate func writeMembers(to json: inout JSONWriter) {
        switch self {
        case .stores(let ids, let minReceipts):
            json.field("any", ids)
            json.field("min_receipts", minReceipts)
        case .averageCheck(let range), .spend(let range):
            json.fieldIfPresent("gte", range.gte)
            json.fieldIfPresent("lt", range.lt)
        case .purchaseFrequency(let range), .recencyDays(let range):
            json.fieldIfPresent("gte", range.gte)
            json.fieldIfPresent("lte", range.lte)
        case .favouriteBrands(let ids, let top):
            json.field("any", ids)
            json.field("top", top)
        case .bought(let merchandise, let withinDays, let minReceipts):
            merchandise.writeMember(to: &json)
            json.field("within_days", withinDays)
            json.field("min_receipts", minReceipts)
        case .traits(let several): json.field(several.quantifier.rawValue, several.names)
        case .tags(let several): json.field(several.quantifier.rawValue, several.names)
        case .rfmSegments(let segments): json.field("segments", segments)
        case .rfmScores(let scores):
            for (name, score) in [("r", scores.r), ("f", scores.f), ("m", scores.m)] {
                guard let score else { continue }
                json.object(name) { $0.field("gte", score) }
            }
        }
    }
}
