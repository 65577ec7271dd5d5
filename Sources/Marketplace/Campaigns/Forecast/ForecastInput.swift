package import Kernel

/// What a forecast knows: what the audience bought in the window before, and how its categories sell to everybody.
package struct ForecastInput: Sendable, Hashable {
    package struct Product: Sendable, Hashable {
        package let ordinal: Int32
        /// Units that the audience bought in the window; weighed goods count a unit a line.
        package let audienceUnits: Int64
        /// Units that all shoppers bought of it.
        package let allUnits: Int64
        /// What is given to which part of the audience: one for all, or one for each depth.
        package let given: [Given]

        package init(ordinal: Int32, audienceUnits: Int64, allUnits: Int64, given: [Given]) {
            self.ordinal = ordinal
            self.audienceUnits = audienceUnits
            self.allUnits = allUnits
            self.given = given
        }

        /// The same for all.
        package init(ordinal: Int32, audienceUnits: Int64, allUnits: Int64, discountPerUnit: Int64, depth: BasisPoints) {
            self.init(
                ordinal: ordinal, audienceUnits: audienceUnits, allUnits: allUnits,
                given: [Given(discountPerUnit: discountPerUnit, depth: depth)])
        }
    }

    /// A discount for a part of the audience.
    package struct Given: Sendable, Hashable {
        /// The part of the shoppers, 0 to 1.
        package let share: Double
        /// Minor units of discount on one unit at the recorded price; capped.
        package let discountPerUnit: Int64
        package let depth: BasisPoints

        package init(share: Double = 1, discountPerUnit: Int64, depth: BasisPoints) {
            self.share = share
            self.discountPerUnit = discountPerUnit
            self.depth = depth
        }
    }

    package let products: [Product]
    /// Shoppers of the audience, and those of them who came in a span as long as the campaign.
    package var shoppers: Int64
    package var visitors: Int64
    /// Shoppers of the audience who bought one of the products in the window.
    package let buyers: Int64
    /// All shoppers of the retailer.
    package let everybody: Int64
    /// Units of the products' categories, in the window.
    package let audienceCategoryUnits: Int64
    package let allCategoryUnits: Int64
    package let windowDays: Int32
    /// How many shoppers each one that was looked at stands for: 1, or more where all this is estimated from a sample.
    package let weight: Int64

    package init(
        products: [Product], shoppers: Int64, visitors: Int64, buyers: Int64, everybody: Int64, audienceCategoryUnits: Int64,
        allCategoryUnits: Int64, windowDays: Int32, weight: Int64 = 1
    ) {
        precondition(weight >= 1, "a shopper stands for itself at least")
        self.products = products
        self.shoppers = shoppers
        self.visitors = visitors
        self.buyers = buyers
        self.everybody = everybody
        self.audienceCategoryUnits = audienceCategoryUnits
        self.allCategoryUnits = allCategoryUnits
        self.windowDays = windowDays
        self.weight = weight
    }
}

/// What a forecast is asked about.
package struct ForecastPlan: Sendable, Hashable {
    package let firstDay: BusinessDay
    package let days: Int32
    package let budget: Money
    /// Minor units that its pace lets through at most; nil where it has none.
    package let spendMaxMinor: Int64?
    /// An even pace keeps something for the last day.
    package let isEven: Bool
    package let fee: ForecastFee
    package let holdout: BasisPoints
    package let limits: CampaignLimits
    package let isPersonal: Bool

    package init(
        firstDay: BusinessDay, days: Int32, budget: Money, fee: ForecastFee, holdout: BasisPoints, limits: CampaignLimits,
        isPersonal: Bool, spendMaxMinor: Int64? = nil, isEven: Bool = false
    ) {
        self.firstDay = firstDay
        self.days = days
        self.budget = budget
        self.fee = fee
        self.holdout = holdout
        self.limits = limits
        self.isPersonal = isPersonal
        self.spendMaxMinor = spendMaxMinor
        self.isEven = isEven
    }

    /// Minor units, fee included, that it can spend at most.
    var mostMinor: Int64 { min(budget.minor, spendMaxMinor ?? .max) }
}
