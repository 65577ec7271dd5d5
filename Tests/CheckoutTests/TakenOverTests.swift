import Campaigns
import Checkout
import Kernel
import Offers
import Parties
import Receipts
import TestSupport
import Testing

/// Policy `others_take_over`: what one wallet cannot pay of a discount the others pay. Pure rules.
@Suite(.computing) struct TakenOverTests {
    static let none = BasisPoints(stored: 0)
    static let tenth = BasisPoints(stored: 1_000)

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Shares in basis points; those of the supplier's wallets pay a fee of a tenth.
        let shares: [Int32]
        var suppliers: Set<Int> = []
        let available: [Int64]
        var discount: Int64 = 1_000
        /// By share; nil: nobody pays it.
        let paid: [Int64]?
    }

    static let rows: [Row] = [
        Row(
            testDescription: "all have enough", shares: [5_000, 3_000, 2_000], available: [500, 300, 200], paid: [500, 300, 200]),
        Row(
            testDescription: "the largest has nothing", shares: [5_000, 3_000, 2_000], available: [0, 9_000, 9_000],
            paid: [0, 600, 400]),
        Row(
            testDescription: "one has a part", shares: [5_000, 3_000, 2_000], available: [250, 9_000, 9_000],
            paid: [250, 450, 300]),
        Row(
            testDescription: "what one cannot take over goes on", shares: [5_000, 3_000, 2_000], available: [0, 350, 9_000],
            paid: [0, 350, 650]),
        Row(
            testDescription: "the odd minor unit goes to the largest remainder", shares: [3_400, 3_300, 3_300],
            available: [0, 9_000, 9_000], discount: 101, paid: [0, 51, 50]),
        Row(testDescription: "nobody has room for all", shares: [5_000, 5_000], available: [499, 500], paid: nil),
        Row(testDescription: "to the last minor unit", shares: [5_000, 5_000], available: [1, 999], paid: [1, 999]),
        Row(
            testDescription: "the fee needs room too", shares: [5_000, 5_000], suppliers: [1], available: [0, 1_100],
            paid: [0, 1_000]),
        Row(testDescription: "and has none", shares: [5_000, 5_000], suppliers: [1], available: [0, 1_099], paid: nil),
        Row(
            testDescription: "whoever pays no share of it pays last, in order", shares: [10_000, 0, 0],
            available: [0, 400, 9_000],
            paid: [0, 400, 600]),
    ]

    @Test(arguments: rows) func `others take over by their own shares, as far as they have room`(row: Row) {
        let shares = row.shares.enumerated().map { FundingShare.of(.percent(.init(stored: $1)), $0, row.suppliers.contains($0)) }
        let split = FundingSplit(
            takingOver: row.discount, units: 1, among: shares, fee: Self.tenth, available: row.available)

        #expect(split.map { split in shares.map { split.discountMinor(of: $0) } } == row.paid)
    }

    @Test(arguments: [31, 32, 33, 34] as [UInt64])
    func `whatever is short, all of a discount is paid and no account overspent, or nobody pays`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<2_500 {
            let shares = FundingShare.anyPlan(using: &generator)
            let fee = BasisPoints(stored: Int32.random(in: 0...3_000, using: &generator))
            let discount = Int64.random(in: 0...5_000, using: &generator)
            let units = Int64.random(in: 1...9, using: &generator)
            let available = shares.map { _ in
                Int64.random(in: 0...1, using: &generator) * Int64.random(in: 0...6_000, using: &generator)
            }
            let own = FundingSplit(of: discount, units: units, among: shares, fee: fee)
            let room = zip(shares, available).map { $0.fee(fee).discountMax(payableFrom: $1) }
            let what = "seed \(seed), round \(round): \(discount) of \(shares) with \(available)"
            guard let split = FundingSplit(takingOver: discount, units: units, among: shares, fee: fee, available: available)
            else {
                #expect(room.reduce(0, +) < discount, "\(what)")
                continue
            }
            #expect(split.parts.reduce(0) { $0 + $1.discountMinor } == discount, "\(what)")
            for (place, share) in shares.enumerated() {
                let (paid, mine) = (split.cost(of: share), own.discountMinor(of: share))
                #expect(paid <= available[place], "\(what)")
                #expect(
                    split.discountMinor(of: share) >= min(mine, room[place]), "\(what): nobody pays less than a payable share")
            }
            if shares.indices.allSatisfy({ own.cost(of: shares[$0]) <= available[$0] }) { #expect(split == own, "\(what)") }
            let less = discount == 0 ? 0 : Int64.random(in: 0...discount, using: &generator)
            #expect(
                FundingSplit(takingOver: less, units: units, among: shares, fee: fee, available: available) != nil,
                "\(what): less is payable too")
            let part = FundingSplit(of: less, units: units, among: shares, fee: fee).fitted(into: split, among: shares, fee: fee)
            #expect(part.parts.reduce(0) { $0 + $1.discountMinor } == less, "\(what): \(less) of what was held")
            #expect(shares.allSatisfy { part.cost(of: $0) <= split.cost(of: $0) }, "\(what): \(less) of what was held")
        }
    }

    @Test func `a fee of any size leaves the largest discount that it and its money pay`() {
        var generator = SeededGenerator(seed: 35)
        for round in 0..<5_000 {
            let fee = BasisPoints(stored: Int32.random(in: 0...10_000, using: &generator))
            let minor = Int64.random(in: 0...20_000, using: &generator)
            let most = fee.discountMax(payableFrom: minor)

            #expect(most + fee.halfUp(of: most) <= minor, "seed 35, round \(round)")
            #expect(most + 1 + fee.halfUp(of: most + 1) > minor, "seed 35, round \(round)")
        }
    }

    @Test(arguments: ExhaustedShare.allCases)
    func `of a piece nothing above the largest payable discount is paid, and all below it but for what shares round`(
        exhausted: ExhaustedShare
    ) {
        var generator = SeededGenerator(seed: 37)
        for round in 0..<80 {
            let shares = FundingShare.anyPlan(using: &generator)
            let campaign = RunningCampaign.shared(among: shares, reward: .percentOff(BasisPoints(stored: 1_500)))
            let rest = shares.map { _ in Int64.random(in: 0...300, using: &generator) }
            let most = campaign.discountMax(payableFrom: rest, exhausted)
            let paid =
                (1...(rest.reduce(0, +) + 1) as ClosedRange<Int64>).filter { discount in
                    let split = FundingSplit(of: discount, units: 1, among: shares, fee: campaign.fee)
                    let isPaid = zip(shares, rest).allSatisfy { split.cost(of: $0) <= $1 }
                    guard exhausted == .othersTakeOver, !isPaid else { return isPaid }
                    return FundingSplit(
                        takingOver: discount, units: 1, among: shares, fee: campaign.fee, available: rest) != nil
                }.max() ?? 0

            #expect(paid <= most, "seed 37, round \(round): \(shares) with \(rest)")
            // What rounding leaves goes to the largest share, of which it is a larger part than of the whole.
            #expect(most <= paid + Int64(shares.count * shares.count), "seed 37, round \(round): \(shares) with \(rest)")
        }
    }

    @Test(
        arguments: [nil, .nForM(take: 3, payFor: 2), .percentOff(BasisPoints(stored: 1_500), fromMinor: nil)] as [BasketReward?])
    func `a basket takes no more of any account than it has, and all of what it gives is paid`(reward: BasketReward?) {
        var generator = SeededGenerator(seed: 36)
        for round in 0..<600 {
            let campaign = RunningCampaign.shared(
                among: FundingShare.anyPlan(using: &generator),
                reward: reward.map { .basket($0) } ?? .percentOff(.init(stored: 1_500)))
            let money = Dictionary(
                campaign.shares.map { ($0.account, Int64.random(in: 0...4_000, using: &generator)) }
            ) { first, _ in first }
            let lines = (1...5).map { number in
                let quantity = Int64.random(in: 1...4, using: &generator)
                return BasketLine.of(
                    Int32(number), pieces: quantity, base: quantity * Int64.random(in: 100...4_000, using: &generator))
            }
            let (stopping, taking) = (campaign.decide(lines, money, .stop), campaign.decide(lines, money, .othersTakeOver))
            for decision in [stopping, taking] {
                for share in campaign.shares {
                    let paid = decision.discounts.reduce(0) { $0 + $1.split.cost(of: share) }
                    #expect(paid <= money[share.account] ?? 0, "seed 36, round \(round)")
                }
                for discount in decision.discounts {
                    #expect(
                        discount.split.parts.reduce(0) { $0 + $1.discountMinor } == discount.amountMinor,
                        "seed 36, round \(round)")
                }
            }
            let given = { (decision: QuoteDecision) in decision.discounts.reduce(0) { $0 + $1.amountMinor } }
            if reward == nil { #expect(given(taking) >= given(stopping), "seed 36, round \(round)") }
        }
    }
}

extension FundingSplit {
    fileprivate func discountMinor(of share: FundingShare) -> Int64 {
        parts.first { $0.account == share.account }?.discountMinor ?? 0
    }

    fileprivate func cost(of share: FundingShare) -> Int64 {
        parts.first { $0.account == share.account }.map { $0.discountMinor + $0.feeMinor } ?? 0
    }
}

extension FundingShare {
    fileprivate static func of(_ kind: Kind, _ place: Int, _ isSuppliers: Bool) -> FundingShare {
        FundingShare(
            kind: kind, account: Identifier(high: 1, low: UInt64(place)), wallet: Identifier(high: 2, low: UInt64(place)),
            isSuppliers: isSuppliers, capMinor: nil)
    }

    /// Percentages that come to the whole, or amounts and percentages with a remainder.
    fileprivate static func anyPlan(using generator: inout SeededGenerator) -> [FundingShare] {
        let count = Int.random(in: 1...4, using: &generator)
        let hasRemainder = Bool.random(using: &generator)
        var left: Int32 = 10_000
        return (0..<count).map { place in
            let isLast = place == count - 1
            let isSuppliers = Bool.random(using: &generator)
            if isLast, hasRemainder { return of(.remainder, place, isSuppliers) }
            if hasRemainder, Bool.random(using: &generator) {
                return of(.amountPerUnit(minor: Int64.random(in: 1...700, using: &generator)), place, isSuppliers)
            }
            let percent = isLast ? left : Int32.random(in: 0...left, using: &generator)
            left -= percent
            return of(.percent(.init(stored: percent)), place, isSuppliers)
        }
    }
}

extension BasketLine {
    fileprivate static func of(_ lineNo: Int32, pieces: Int64, base: Int64) -> BasketLine {
        BasketLine(lineNo: lineNo, product: 1, quantityMilli: pieces * 1_000, unit: .piece, regularMinor: base, baseMinor: base)
    }
}

extension RunningCampaign {
    fileprivate static func shared(among shares: [FundingShare], reward: Reward) -> RunningCampaign {
        RunningCampaign(
            id: CampaignID(Identifier(high: 0, low: 1)), version: 1, supplier: nil, agreement: nil, name: "", state: .running,
            reward: reward, products: [1: CampaignProductTerms(recordedBaseMinor: nil, discountMaxPerUnitMinor: .max)],
            stores: nil,
            startsAtLocal: Instant(microseconds: 0), endsAtLocal: Instant(microseconds: 2), settlesUntil: nil,
            launchedAt: Instant(microseconds: 0), limits: CampaignLimits(), fee: TakenOverTests.tenth, isForEveryone: true,
            shares: shares)
    }

    fileprivate func decide(_ lines: [BasketLine], _ money: [Identifier: Int64], _ exhausted: ExhaustedShare) -> QuoteDecision {
        let now = Instant(microseconds: 1)
        return QuoteDecision(
            Basket(store: 1, businessDay: now.utcDay, localTime: now, shopper: nil, lines: lines), campaigns: [self],
            rules: { _ in RewardAmount.Rules() },
            availability: Availability(money: money, units: [:], exhaustedShare: exhausted))
    }
}
