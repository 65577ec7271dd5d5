import Campaigns
import Kernel
import Parties

/// What the accounts of one campaign have left, and how they pay a discount together: each its share, or with others taking over
/// what one cannot pay, where the retailer wants it so.
struct FundingLeft: Sendable {
    private let shares: [FundingShare]
    private let fee: BasisPoints
    private let othersTakeOver: Bool
    /// Minor units, in the order of the shares.
    private(set) var available: [Int64]

    init(of campaign: RunningCampaign, in left: Availability) {
        shares = campaign.shares
        fee = campaign.fee
        othersTakeOver = left.exhaustedShare == .othersTakeOver
        available = campaign.shares.map { left.money(on: $0.account) }
    }

    /// Who pays a discount. Where they cannot pay it, it is split by their shares.
    func split(_ discountMinor: Int64, units: Int64) -> FundingSplit {
        let split = FundingSplit(of: discountMinor, units: units, among: shares, fee: fee)
        guard othersTakeOver, !pays([split]) else { return split }
        return FundingSplit(takingOver: discountMinor, units: units, among: shares, fee: fee, available: available) ?? split
    }

    func pays(_ splits: [FundingSplit]) -> Bool {
        zip(shares, available).allSatisfy { share, minor in
            let parts = splits.lazy.flatMap(\.parts).filter { $0.account == share.account }
            return parts.reduce(Int128(0)) { $0 + Int128($1.discountMinor + $1.feeMinor) } <= Int128(minor)
        }
    }

    mutating func take(_ split: FundingSplit) {
        for part in split.parts {
            guard let index = shares.firstIndex(where: { $0.account == part.account }) else { continue }
            available[index] -= part.discountMinor + part.feeMinor
        }
    }
}
