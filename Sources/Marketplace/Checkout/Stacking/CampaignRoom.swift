import Campaigns
import Kernel

/// What limits and money leave of one campaign.
struct CampaignRoom: Sendable {
    /// Units over all of its limits.
    let units: Int64
    /// Units of one line.
    let unitsOfLine: Int64
    private let fee: BasisPoints
    /// What its pace leaves; nil where it has none.
    private var pace: PaceLeft?
    private(set) var funding: FundingLeft

    init(_ campaign: RunningCampaign, keys: [LimitKey], left: Availability) {
        units = left.unitsLeft(of: keys)
        unitsOfLine = campaign.limits.unitsPerLine ?? .max
        fee = campaign.fee
        pace = left.pace(of: keys)
        funding = FundingLeft(of: campaign, in: left)
    }

    /// Whether any account alone pays for so much in so many discounts: then all of them do, however it is split.
    func surelyPay(_ minor: Int64, in discounts: Int) -> Bool {
        let money = funding.available
        let whole = Int128(minor) + Int128(minor) * Int128(fee.value) / 10_000 + Int128(discounts * money.count)
        return money.allSatisfy { Int128($0) >= whole } && pace.map { Int128($0.minor) >= whole } ?? true
    }

    func pay(_ split: FundingSplit) -> Bool { pay([split]) }

    func pay(_ splits: [FundingSplit]) -> Bool { funding.pays(splits) && paceLets(splits) }

    /// Why they are not paid.
    func reason(against splits: [FundingSplit]) -> QuoteReason {
        if let pace, funding.pays(splits) { QuoteReason(pace) } else { .budgetExhausted }
    }

    private func paceLets(_ splits: [FundingSplit]) -> Bool {
        guard let pace else { return true }
        return splits.reduce(Int128(0)) { $0 + Int128($1.totalMinor) } <= Int128(pace.minor)
    }

    mutating func take(_ split: FundingSplit) {
        pace = pace.map { PaceLeft(minor: $0.minor - split.totalMinor, counter: $0.counter) }
        funding.take(split)
    }
}
