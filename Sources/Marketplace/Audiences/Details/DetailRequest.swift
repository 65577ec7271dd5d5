import HTTPSupport
import JSONText
import Kernel
import Profiles

/// What a preview is to say beside its count: who of the audience buys some goods, and how much it shares with another.
struct DetailRequest: Sendable {
    let goods: Merchandise?
    let overlapWith: AudienceID?

    init(_ fields: Fields) {
        goods = fields.objectIfPresent("goods") { Merchandise($0) }
        overlapWith = fields.idIfPresent("overlap_with")
    }

    /// Distinct criteria of the predicate and of the other audience together: with those that details add they are asked in
    /// one statement.
    static let criteriaMax = 60

    static let unknownAudience = Problem.invalid([
        FieldProblem(pointer: "/details/overlap_with", code: "unknown_audience", detail: "There is no such audience.")
    ])

    static let tooMany = Problem.invalid([
        FieldProblem(
            pointer: "/details", code: "too_many_leaves",
            detail: "Details are given of at most \(criteriaMax) different criteria, those of the other audience counted in.")
    ])
}
