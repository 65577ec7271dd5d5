package import HTTPSupport
package import JSONText
package import Kernel

/// How far a running campaign's budget may grow beyond what was approved, from the same wallets. Part of the terms, so that
/// whoever approves them sees it. `1 <= step <= limit`.
package struct BudgetExtension: Sendable, Hashable {
    /// All extensions together are at most so much.
    package let limit: Money
    /// What the service adds by itself each time the budget is used up; nil: only people extend.
    package let step: Money?
}

extension BudgetExtension: JSONWritable {
    package init(_ fields: Fields, in asset: Asset) {
        limit = fields.money("limit", in: asset, minor: 1...Money.bound)
        step = fields.moneyIfPresent("step", in: asset, minor: 1...Money.bound)
        if let step, step.minor > limit.minor { fields.refuse("step", "out_of_range", "Must not be more than limit.") }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("limit", limit)
            json.field("step", step)
        }
    }
}
