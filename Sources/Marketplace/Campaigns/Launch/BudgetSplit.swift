package import Kernel

/// How a campaign's budget is put together by its wallets at launch. The parts come to the budget exactly.
///
/// The fee is taken from the supplier's wallets only, so they put it in: of a budget B with a fee f and a supplier's share
/// s of each discount, B / (1 + f s) is for discounts.
package struct BudgetSplit: Sendable, Hashable {
    /// Minor units by wallet, in the order of the plan; 0 where a wallet puts in nothing.
    package let parts: [Int64]

    package enum Fault: Error, Hashable {
        /// The capped wallets cannot carry the budget, and nobody pays the remainder.
        case capsTooLow(missing: Int64)
    }

    /// `suppliersOwn` says of each part whether its wallet is the supplier's.
    package init(of budget: Int64, over plan: FundingPlan, fee: BasisPoints, suppliersOwn: [Bool]) throws(Fault) {
        precondition(plan.parts.count == suppliersOwn.count && !plan.parts.isEmpty, "each part has its owner")
        let supplierShare = plan.supplierShare(suppliersOwn: suppliersOwn)
        let scale: Int128 = 100_000_000
        let discounts = Int64(Int128(budget) * scale / (scale + Int128(fee.value) * Int128(supplierShare.value)))
        var parts = plan.parts.map { part -> Int64 in
            switch part.kind {
            case .percent(let share): min(share.floor(of: discounts), part.capMinor ?? .max)
            case .amountPerUnit: min(part.capMinor ?? 0, discounts)
            case .remainder: 0
            }
        }
        var rest = budget - parts.reduce(0, +)
        if rest < 0 { rest = Self.takeBack(-rest, from: &parts) }
        if rest > 0 {
            guard let last = Self.payerOfRest(plan, parts, suppliersOwn) else { throw .capsTooLow(missing: rest) }
            parts[last] += rest
        }
        self.parts = parts
    }

    /// What each wallet adds so that a budget is put together as at launch: never less than 0, `amount` in all.
    static func extending(
        _ stands: [Int64], by amount: Int64, of campaign: Campaign, _ funding: FundingWallets
    ) throws -> [Int64] {
        precondition(stands.count == funding.wallets.count, "a launched campaign's wallets stay")
        return adding(to: stands, upTo: try funding.split(stands.reduce(0, +) + amount, campaign.fee), amount)
    }

    /// Rounding may ask a wallet for less than it put in; then the others' parts are a little too much together.
    package static func adding(to stands: [Int64], upTo whole: [Int64], _ amount: Int64) -> [Int64] {
        var parts = zip(whole, stands).map { max(0, $0 - $1) }
        let excess = parts.reduce(0, +) - amount
        if excess > 0, let largest = parts.indices.max(by: { parts[$0] < parts[$1] }) { parts[largest] -= excess }
        return parts
    }

    /// What each wallet gets back of what it put in, so that the rest is put together like `whole` as far as its account still
    /// has that much: `amount` in all, which the accounts have together.
    package static func releasing(
        _ amount: Int64, of stands: [Int64], downTo whole: [Int64], available: [Int64]
    ) -> [Int64] {
        precondition(amount >= 0 && amount <= available.reduce(0, +), "nothing comes back that is not there")
        var parts = stands.indices.map { min(max(0, stands[$0] - whole[$0]), available[$0]) }
        var missing = amount - parts.reduce(0, +)
        while missing < 0, let largest = parts.indices.max(by: { parts[$0] < parts[$1] }) {
            let less = min(-missing, parts[largest])
            parts[largest] -= less
            missing += less
        }
        while missing > 0, let roomy = parts.indices.max(by: { available[$0] - parts[$0] < available[$1] - parts[$1] }) {
            let more = min(missing, available[roomy] - parts[roomy])
            parts[roomy] += more
            missing -= more
        }
        return parts
    }

    /// Who puts in what is left: the wallet of the remainder, else the largest uncapped share, the supplier's before others.
    private static func payerOfRest(_ plan: FundingPlan, _ parts: [Int64], _ suppliersOwn: [Bool]) -> Int? {
        if let remainder = plan.parts.firstIndex(where: { $0.kind == .remainder && $0.capMinor == nil }) { return remainder }
        let open = plan.parts.indices.filter { plan.parts[$0].capMinor == nil }
        let preferred = open.filter { suppliersOwn[$0] }
        return (preferred.isEmpty ? open : preferred).max { parts[$0] != parts[$1] ? parts[$0] < parts[$1] : $0 > $1 }
    }

    /// Capped amounts may exceed the budget together: the later wallets give back first.
    private static func takeBack(_ excess: Int64, from parts: inout [Int64]) -> Int64 {
        var excess = excess
        for index in parts.indices.reversed() {
            let back = min(excess, parts[index])
            parts[index] -= back
            excess -= back
        }
        return 0
    }
}
