import HTTPSupport
import JSONText
import Kernel
import Ledger
import Postgres

/// What the JSON columns of a version hold, beside the terms that have a column of their own.
struct CampaignCondition: JSONWritable {
    let products: ProductSelection
    let stores: StoreSelection
    let discountMaxPerUnitMinor: Int64?
    let startsLate: Bool

    init(_ terms: CampaignTerms) {
        products = terms.products
        stores = terms.stores
        discountMaxPerUnitMinor = terms.discountMaxPerUnitMinor
        startsLate = terms.startsLate
    }

    init(_ fields: Fields) {
        products = fields.object("products", otherwise: .ids([]), ProductSelection.init(_:))
        stores = fields.object("stores", otherwise: .all, StoreSelection.init(_:))
        discountMaxPerUnitMinor = fields.integerIfPresent("discount_max_per_unit", in: 1...Money.bound)
        startsLate = fields.boolIfPresent("late_start") ?? false
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("products", products)
            json.field("stores", stores)
            json.field("discount_max_per_unit", discountMaxPerUnitMinor)
            json.field("late_start", startsLate)
        }
    }
}

extension CampaignTerms {
    init(row: inout Row) throws {
        let asset: Asset = try row.next()
        name = try row.next()
        startsAt = LocalTime(clock: try row.next())
        endsAt = LocalTime(clock: try row.next())
        eligibility = try row.nextStored(CampaignEligibility.init(_:))
        let condition = try row.nextStored(CampaignCondition.init(_:))
        products = condition.products
        stores = condition.stores
        discountMaxPerUnitMinor = condition.discountMaxPerUnitMinor
        startsLate = condition.startsLate
        reward = try row.nextStored(Reward.init(stored:))
        depthByShopper = try row.nextStoredOptional(DepthByShopper.init(_:))
        limits = try row.nextStored(CampaignLimits.init(_:))
        presentation = try row.nextStored(Presentation.init(_:))
        budget = Money(minor: try row.next(), asset: asset)
        let (limit, step) = (try row.nextOptional(Int64.self), try row.nextOptional(Int64.self))
        budgetExtension = limit.map { limit in
            BudgetExtension(limit: Money(minor: limit, asset: asset), step: step.map { Money(minor: $0, asset: asset) })
        }
        pacing = try row.nextStoredOptional(Pacing.init(stored:))
        holdout = try row.next()
        followsCatalogue = try row.next()
        funding = try FundingPlan(row: &row)
        let group: String = try row.next()
        stackingGroup = group.isEmpty ? nil : group
        needsActivation = try row.next()
    }
}

extension FundingPlan {
    fileprivate init(row: inout Row) throws {
        let (wallets, kinds) = (try row.next([WalletID].self), try row.next([String].self))
        let (values, caps) = (try row.next([Int64].self), try row.next(NullableArray<Int64>.self).elements)
        self.init(
            parts: try wallets.indices.map { index in
                Part(wallet: wallets[index], kind: try Kind(kinds[index], values[index]), capMinor: caps[index])
            })
    }
}

extension FundingPlan.Kind {
    /// As `campaign_funding.kind` has it.
    var word: String {
        switch self {
        case .percent: "percent"
        case .amountPerUnit: "amount_per_unit"
        case .remainder: "remainder"
        }
    }

    /// As `campaign_funding.value` has it.
    var value: Int64 {
        switch self {
        case .percent(let share): Int64(share.value)
        case .amountPerUnit(let minor): minor
        case .remainder: 0
        }
    }

    init(_ word: String, _ value: Int64) throws(DatabaseError) {
        switch word {
        case "percent": self = .percent(BasisPoints(stored: Int32(value)))
        case "amount_per_unit": self = .amountPerUnit(minor: value)
        case "remainder": self = .remainder
        default: throw .decoding("a funding kind is unknown")
        }
    }
}
