import HTTPSupport
import Kernel
import Parties

/// What somebody asks for: a budget, an end, other products, another audience, or several of them. Everything else of a launched
/// campaign stays: a discount never becomes another one.
struct WantedChange: Sendable, Hashable {
    /// All that the wallets shall have put in.
    let budget: Money?
    let endsAt: LocalTime?
    let products: ProductSelection?
    let eligibility: CampaignEligibility?
    let reason: String

    /// Members of a draft that a launched campaign keeps.
    private static let kept = [
        "agreement_id", "name", "stores", "reward", "basket_reward", "depth_by_shopper", "discount_max_per_unit", "starts_at",
        "late_start", "limits", "budget_extension", "pacing", "holdout_bp", "presentation", "funding",
        "follow_catalogue", "stacking_group", "needs_activation",
    ]

    init(_ fields: Fields, in asset: Asset) {
        budget = fields.moneyIfPresent("budget", in: asset, minor: 1...Money.bound)
        endsAt = fields.has("ends_at") ? fields.localTime("ends_at") : nil
        products = fields.objectIfPresent("products", ProductSelection.init(_:))
        eligibility = fields.objectIfPresent("eligibility", CampaignEligibility.init(_:))
        reason = fields.string("reason", max: Audit.reasonCharactersMax)
        for name in Self.kept where fields.has(name) || fields.isNull(name) {
            fields.refuse(name, "cannot_change", "A launched campaign keeps it.")
        }
        if budget == nil, endsAt == nil, products == nil, eligibility == nil {
            fields.refuseWhole("required", "Needs budget, ends_at, products or eligibility.")
        }
    }
}
