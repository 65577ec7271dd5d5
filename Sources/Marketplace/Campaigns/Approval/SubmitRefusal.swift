import Kernel
import Parties

/// Something that a draft names and that may not take part.
enum OutsideName: Hashable, Sendable {
    case product(ExternalID)
    /// The retailer took it out of the campaign.
    case withdrawn(ExternalID)
    case gtin(String)
    case store(ExternalID)

    fileprivate var problem: FieldProblem {
        switch self {
        case .product(let id):
            FieldProblem(pointer: "/products/ids", code: "outside_scope", detail: "\(id) is not in the agreement or unknown.")
        case .withdrawn(let id):
            FieldProblem(pointer: "/products/ids", code: "withdrawn", detail: "\(id) was withdrawn by the retailer.")
        case .gtin(let gtin):
            FieldProblem(pointer: "/products/gtins", code: "outside_scope", detail: "\(gtin) is unknown.")
        case .store(let id):
            FieldProblem(pointer: "/stores/ids", code: "outside_scope", detail: "\(id) is not in the agreement or unknown.")
        }
    }
}

extension SubmitCampaign {
    /// Why a draft cannot be handed in as it is.
    enum Refusal: Kernel.Refusal, Hashable {
        /// Names that are listed in one answer.
        static let namesMax = 100

        case agreementNotInForce
        case outsideAgreementDates
        case startPassed
        case limitsMissing
        /// The retailer has switched them off.
        case depthRulesOff([DepthRule])
        case budgetMissing
        case unknownAudience
        case audienceBelowFloor
        case outsideScope([OutsideName])
        case noProducts
        case tooManyProducts
        case noStores
        case tooDeep
        case priceUnknown
        case noBenefit
        case notAllowedAtThisPrice

        var problem: Problem {
            switch self {
            case .agreementNotInForce: Problem(409, "agreement_not_in_force", "The agreement does not carry campaigns.")
            case .outsideAgreementDates:
                Problem(409, "outside_agreement_dates", "The period is not within the agreement's dates.")
            case .startPassed: Problem(409, "start_passed", "The campaign would start in the past.")
            case .limitsMissing:
                Problem(
                    409, "limits_missing", "The campaign needs a limit for each shopper and one for each receipt.")
            case .depthRulesOff(let rules):
                Problem(
                    409, "depth_rule_off", "The retailer has not switched on a rule that the depths go by.",
                    detail: "Off: \(rules.map(\.rawValue).joined(separator: ", ")).")
            case .budgetMissing: Problem(409, "budget_missing", "The campaign needs a budget.")
            case .unknownAudience:
                .invalid([
                    FieldProblem(
                        pointer: "/eligibility/audience_id", code: "unknown_audience", detail: "No such version of yours.")
                ])
            case .audienceBelowFloor: Problem(409, "audience_below_floor", "The audience is too small.")
            case .outsideScope(let names):
                Problem(
                    409, "outside_agreement_scope", "The campaign names what may not take part.",
                    fields: names.prefix(Self.namesMax).map(\.problem))
            case .noProducts: Problem(409, "no_products", "No product of the selection may take part.")
            case .tooManyProducts:
                Problem(
                    409, "too_many_products", "The selection names too many products.",
                    detail: "At most \(SubmitCampaign.productsMax).")
            case .noStores: Problem(409, "no_stores", "No store of the selection may take part.")
            case .tooDeep: Problem(409, "deeper_than_agreed", "The discount is deeper than the agreement allows.")
            case .priceUnknown:
                Problem(
                    409, "price_unknown", "A product has no price to judge the discount by.",
                    detail: "Load its prices, or name discount_max_per_unit for a percentage.")
            case .noBenefit: Problem(409, "no_benefit", "No shopper would pay less.")
            case .notAllowedAtThisPrice:
                Problem(409, "not_allowed_at_this_price", "The products may not be sold at this price.")
            }
        }
    }
}
