package import Campaigns
package import Kernel

/// What wallets pay of a discount where those that have more take over what others cannot pay (policy `others_take_over`, DOMAIN 6).
/// Pure.
///
/// Each pays its own share as far as its account goes, fee included. What is missing goes to those that have room left, in
/// proportion to their own shares of this discount, the last minor units to the largest remainders, ties in the order of the
/// funding; what does not fit there goes round again among the rest. Where only wallets have room that pay nothing of this
/// discount, they pay in the order of the funding.
enum TakenOver {
    /// Nil where all of them together do not pay it. `room`: the largest discount that each can pay.
    static func amounts(_ own: [Int64], room: [Int64]) -> [Int64]? {
        precondition(own.count == room.count, "each wallet has its room")
        var amounts = zip(own, room).map(min)
        var missing = own.reduce(0, +) - amounts.reduce(0, +)
        guard missing > 0 else { return amounts }
        guard Int128(missing) <= zip(room, amounts).reduce(Int128(0), { $0 + Int128($1.0 - $1.1) }) else { return nil }
        while missing > 0 {
            let open = amounts.indices.filter { amounts[$0] < room[$0] }
            for (index, part) in zip(open, parts(of: missing, among: open.map { own[$0] })) {
                let more = min(part, room[index] - amounts[index])
                amounts[index] += more
                missing -= more
            }
        }
        return amounts
    }

    /// In each round all of it is asked for, so that it ends or fills a wallet.
    private static func parts(of missing: Int64, among own: [Int64]) -> [Int64] {
        guard own.contains(where: { $0 > 0 }) else { return [missing] }
        return LargestRemainder.split(missing, by: own)
    }
}

extension FundingSplit {
    /// The same discount with others taking over what an account cannot pay; nil where they cannot pay it together. `available`:
    /// minor units of each share's account.
    package init?(
        takingOver discountMinor: Int64, units: Int64, among shares: [FundingShare], fee: BasisPoints, available: [Int64]
    ) {
        let room = zip(shares, available).map { share, minor in share.fee(fee).discountMax(payableFrom: minor) }
        let own = FundingSplit.amounts(of: discountMinor, units: units, among: shares)
        guard let amounts = TakenOver.amounts(own, room: room) else { return nil }
        self.init(amounts, among: shares, fee: fee)
    }
}
