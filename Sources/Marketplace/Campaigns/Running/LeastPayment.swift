package import Kernel
package import Parties

/// What a campaign's wallets must have at least for it to pay for anything, fees included. Whoever has less pays for nothing;
/// who has it pays for the cheapest, though maybe for nothing else.
package struct LeastPayment: Sendable, Hashable {
    /// Of all wallets together, at least 1 minor unit.
    package let totalMinor: Int64
    /// Of each wallet, in the order of the funding, where a share that is exhausted ends the whole discount (DOMAIN 6). 0 where
    /// the least discount may leave a wallet out.
    package let partsMinor: [Int64]
    /// The discount alone.
    package let discountMinor: Int64
    /// The fee on what each wallet pays.
    private let fees: [BasisPoints]

    package init(totalMinor: Int64, partsMinor: [Int64], discountMinor: Int64, fees: [BasisPoints]) {
        precondition(partsMinor.count == fees.count, "each wallet has its part and its fee")
        self.totalMinor = totalMinor
        self.partsMinor = partsMinor
        self.discountMinor = discountMinor
        self.fees = fees
    }

    /// `rest` is what each wallet has left in the campaign, what quotes keep included. Where others take over, any of them may pay
    /// any part of it, each with its own fee.
    package func isPayable(from rest: [Int64], _ exhausted: ExhaustedShare) -> Bool {
        switch exhausted {
        case .stop: rest.reduce(0, +) >= totalMinor && zip(rest, partsMinor).allSatisfy { $0 >= $1 }
        case .othersTakeOver:
            zip(rest, fees).reduce(Int128(0)) { $0 + Int128($1.1.discountMax(payableFrom: $1.0)) } >= Int128(discountMinor)
        }
    }

    /// Nothing is paid from less in all.
    func floorMinor(_ exhausted: ExhaustedShare) -> Int64 { exhausted == .stop ? totalMinor : discountMinor }
}

extension RunningCampaign {
    /// `byWeight`: something of it is weighed. Of that a thousandth may be sold, and its discount may be 1 minor unit.
    package func leastPayment(byWeight: Bool) -> LeastPayment {
        leastPayment(of: byWeight && takesWeighed ? 1 : max(1, leastDiscountMinor))
    }

    /// The largest discount on a piece that wallets pay who have so much left, with their fees: minor units, fees apart; of
    /// several wallets no more than `discount_max_per_unit` of the products allows. Nothing larger is paid; where shares are
    /// rounded the largest that is may be less by as many minor units as there are pairs of wallets, each with itself too.
    package func discountMax(payableFrom rest: [Int64], _ exhausted: ExhaustedShare) -> Int64 {
        if shares.count == 1, let share = shares.first, let rest = rest.first {
            return share.fee(fee).discountMax(payableFrom: rest)
        }
        let most = min(products.values.map(\.discountMaxPerUnitMinor).max() ?? 0, rest.reduce(0, +))
        guard !leastPayment(of: most).isPayable(from: rest, exhausted) else { return most }
        var (paid, unpaid) = (Int64(0), most)
        while unpaid - paid > 1 {
            let discount = paid + (unpaid - paid) / 2
            if leastPayment(of: discount).isPayable(from: rest, exhausted) { paid = discount } else { unpaid = discount }
        }
        return paid
    }

    private func leastPayment(of discount: Int64) -> LeastPayment {
        let parts = leastParts(of: discount)
        let fees = zip(shares, parts).map { share, part in share.isSuppliers ? fee.halfUp(of: part) : 0 }
        return LeastPayment(
            totalMinor: discount + fees.reduce(0, +), partsMinor: zip(parts, fees).map { $0 + $1 }, discountMinor: discount,
            fees: shares.map { $0.fee(fee) })
    }

    /// Sets and N for the price of M are of whole pieces.
    private var takesWeighed: Bool {
        switch reward.basket {
        case nil, .percentOff: true
        case .nForM, .set: false
        }
    }

    /// Before the fee. No larger discount asks less of a wallet: a share's floor and what earlier shares leave only grow with
    /// it. So what is true of the least holds for all.
    private func leastParts(of discount: Int64) -> [Int64] {
        var earlier = Taken()
        let all = shares.reduce(into: Taken()) { $0.add($1.kind) }
        return shares.map { share in
            let left = self.left(of: discount, after: earlier)
            earlier.add(share.kind)
            return switch share.kind {
            case .percent(let part): min(part.floor(of: discount), left)
            case .amountPerUnit(let minor): min(minor, left)
            case .remainder: self.left(of: discount, after: all)
            }
        }
    }

    /// What shares leave of a discount at least. How many units go together is not known here, so that amounts for each leave
    /// nothing for sure.
    private func left(of discount: Int64, after shares: Taken) -> Int64 {
        if reward.basket != nil, shares.perUnit > 0 { return 0 }
        let whole = Int64(BasisPoints.whole)
        let open = Int128(discount) * Int128(max(0, whole - shares.percent))
        return max(0, Int64((open + Int128(whole) - 1) / Int128(whole)) - shares.perUnit)
    }
}

/// What shares take of a discount: so many ten thousandths, and so many minor units of each unit.
private struct Taken {
    var percent: Int64 = 0
    var perUnit: Int64 = 0

    mutating func add(_ kind: FundingShare.Kind) {
        switch kind {
        case .percent(let share): percent += Int64(share.value)
        case .amountPerUnit(let minor): perUnit += minor
        case .remainder: break
        }
    }
}
