package import Campaigns
package import Kernel

/// Who pays which part of one discount, and the fee on it (DOMAIN 6): shares floored in wallet order, the last minor units
/// to the largest share, ties by wallet id; the fee half up on each supplier's share.
package struct FundingSplit: Sendable, Hashable {
    package struct Part: Sendable, Hashable {
        package let account: Identifier
        package let discountMinor: Int64
        package let feeMinor: Int64

        package init(account: Identifier, discountMinor: Int64, feeMinor: Int64) {
            self.account = account
            self.discountMinor = discountMinor
            self.feeMinor = feeMinor
        }
    }

    /// In the order of the campaign's funding, parts of nothing left out.
    package let parts: [Part]

    package var feeMinor: Int64 { parts.reduce(0) { $0 + $1.feeMinor } }

    /// Discount and fee together.
    package var totalMinor: Int64 { parts.reduce(0) { $0 + $1.discountMinor + $1.feeMinor } }

    package init(of discountMinor: Int64, units: Int64, among shares: [FundingShare], fee: BasisPoints) {
        self.init(Self.amounts(of: discountMinor, units: units, among: shares), among: shares, fee: fee)
    }

    /// What each of them pays of it, in their order.
    static func amounts(of discountMinor: Int64, units: Int64, among shares: [FundingShare]) -> [Int64] {
        precondition(discountMinor >= 0 && !shares.isEmpty, "a discount without a payer")
        var amounts = shares.map { $0.floored(of: discountMinor, units: units) }
        var left = discountMinor
        for index in amounts.indices {
            amounts[index] = min(amounts[index], left)
            left -= amounts[index]
        }
        amounts[takerOfRest(shares, of: discountMinor, units: units)] += left
        return amounts
    }

    init(_ amounts: [Int64], among shares: [FundingShare], fee: BasisPoints) {
        parts = zip(shares, amounts).filter { $0.1 > 0 }.map { share, amount in
            Part(account: share.account, discountMinor: amount, feeMinor: share.isSuppliers ? fee.halfUp(of: amount) : 0)
        }
    }

    /// The same amount with no part above what a hold keeps of it, which is as much at least: what does not fit goes to the
    /// largest part that has room, ties by wallet id. Less than was held is rounded to other parts than the whole was.
    package func fitted(into held: FundingSplit, among shares: [FundingShare], fee: BasisPoints) -> FundingSplit {
        let kept = shares.map { held.discountMinor(of: $0.account) }
        var amounts = zip(shares, kept).map { min(discountMinor(of: $0.account), $1) }
        var left = parts.reduce(0) { $0 + $1.discountMinor } - amounts.reduce(0, +)
        let falling = shares.indices.sorted {
            kept[$0] != kept[$1] ? kept[$0] > kept[$1] : shares[$0].wallet < shares[$1].wallet
        }
        for index in falling where left > 0 {
            let more = min(left, kept[index] - amounts[index])
            amounts[index] += more
            left -= more
        }
        return FundingSplit(amounts, among: shares, fee: fee)
    }

    private func discountMinor(of account: Identifier) -> Int64 {
        parts.first { $0.account == account }?.discountMinor ?? 0
    }

    /// The remainder's wallet, else the largest share, ties by wallet id.
    private static func takerOfRest(_ shares: [FundingShare], of discountMinor: Int64, units: Int64) -> Int {
        if let remainder = shares.firstIndex(where: { $0.kind == .remainder }) { return remainder }
        return shares.indices.max { left, right in
            let (one, other) = (shares[left], shares[right])
            let weights = (one.exact(of: discountMinor, units: units), other.exact(of: discountMinor, units: units))
            return weights.0 != weights.1 ? weights.0 < weights.1 : one.wallet > other.wallet
        } ?? 0
    }
}

extension RunningCampaign {
    /// A discount by its shares, whatever its accounts have.
    func sharing(_ discountMinor: Int64, _ units: Int64) -> FundingSplit {
        FundingSplit(of: discountMinor, units: units, among: shares, fee: fee)
    }
}

extension FundingShare {
    fileprivate func floored(of discountMinor: Int64, units: Int64) -> Int64 {
        switch kind {
        case .percent(let share): share.floor(of: discountMinor)
        case .amountPerUnit(let minor): minor.multipliedReportingOverflow(by: units).overflow ? .max : minor * units
        case .remainder: 0
        }
    }

    /// The share before it is floored, in ten thousandths of a minor unit.
    fileprivate func exact(of discountMinor: Int64, units: Int64) -> Int128 {
        switch kind {
        case .percent(let share): Int128(discountMinor) * Int128(share.value)
        case .amountPerUnit(let minor): Int128(minor) * Int128(units) * 10_000
        case .remainder: 0
        }
    }
}
