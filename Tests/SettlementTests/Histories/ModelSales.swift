/// What a quote gave one line.
struct ModelKept: Sendable, Hashable {
    let campaign: Int
    /// Pieces of the line that was quoted.
    let quantity: Int64
    let units: Int64
    let amount: Int64
}

/// A quote that keeps money and limits.
struct ModelHold: Sendable, Hashable {
    enum State: Sendable { case live, lapsed, over }

    let basket: String
    let shopper: Int?
    let kept: [ModelKept]
    var state = State.live
    /// Its time is up and nothing has said so yet.
    var isUnswept = false
}

/// A line that a till sold with a discount, and what came back of it.
struct ModelLine: Sendable, Hashable {
    let campaign: Int
    let quantity: Int64
    let claimed: Int64
    let units: Int64
    let funded: Int64
    let fee: Int64
    /// The statement that was open then.
    let statement: Int
    var returned: Int64 = 0
    var refunded: Int64 = 0
    var back: Int64 = 0
    var feeBack: Int64 = 0
    var unitsBack: Int64 = 0
    var isDisputed = false
}

struct ModelSale: Sendable, Hashable {
    let number: String
    let shopper: Int?
    let minute: Int
    var lines: [ModelLine]
    /// Told of after the campaigns' close.
    let isAfterClose: Bool
    var isVoided = false
}

/// A line that a till reports: pieces of a campaign's product, what it gave, and what that rests on.
struct ModelClaim: Sendable, Hashable {
    enum Basis: Sendable, Hashable {
        case hold(Int)
        case token(ModelKept)
        case nothing
    }

    let campaign: Int
    let quantity: Int64
    let claimed: Int64
    let basis: Basis
}

extension HistoryModel {
    private func liveHolds(_ campaign: Int) -> [(hold: ModelHold, kept: ModelKept)] {
        holds.filter { $0.state == .live }.flatMap { hold in
            hold.kept.filter { $0.campaign == campaign }.map { (hold, $0) }
        }
    }

    func heldMoney(_ campaign: Int) -> Int64 { liveHolds(campaign).reduce(0) { $0 + cost($1.kept.amount) } }

    func heldUnits(_ campaign: Int, of shopper: Int? = nil) -> Int64 {
        liveHolds(campaign).filter { shopper == nil || $0.hold.shopper == shopper }.reduce(0) { $0 + $1.kept.units }
    }

    private func unitsLeft(_ campaign: Int, _ shopper: Int?) -> Int64 {
        let (one, terms) = (campaigns[campaign], campaigns[campaign].terms)
        var left = min(terms.perReceipt, terms.total - one.used - heldUnits(campaign))
        if let shopper {
            left = min(left, terms.perShopper - one.usedBy[shopper, default: 0] - heldUnits(campaign, of: shopper))
        }
        return max(0, left)
    }

    /// What a basket of one line a campaign gets.
    func quote(_ lines: [(campaign: Int, quantity: Int64)], _ shopper: Int?) -> [ModelKept] {
        lines.compactMap { line in
            guard campaigns[line.campaign].state == .running else { return nil }
            let discount = campaigns[line.campaign].terms.discount
            let money = campaigns[line.campaign].balance - heldMoney(line.campaign)
            var units = min(line.quantity, unitsLeft(line.campaign, shopper))
            while units > 0, cost(units * discount) > money { units -= 1 }
            guard units > 0 else { return nil }
            return ModelKept(campaign: line.campaign, quantity: line.quantity, units: units, amount: units * discount)
        }
    }

    /// In place of the basket's earlier one.
    mutating func hold(_ lines: [(campaign: Int, quantity: Int64)], _ shopper: Int?, basket: String) -> [ModelKept] {
        for index in holds.indices where holds[index].basket == basket && holds[index].state == .live {
            holds[index].state = .over
        }
        let kept = quote(lines, shopper)
        holds.append(ModelHold(basket: basket, shopper: shopper, kept: kept))
        return kept
    }

    /// What is paid of each claim.
    mutating func sell(_ claims: [ModelClaim], _ shopper: Int?, number: String, soldAt: Int) -> [Int64] {
        var lines: [ModelLine] = []
        var used: Set<Int> = []
        for claim in claims {
            let (units, funded) = paid(claim, shopper, soldAt, &used)
            let line = ModelLine(
                campaign: claim.campaign, quantity: claim.quantity, claimed: claim.claimed, units: units, funded: funded,
                fee: fee(on: funded), statement: sealed.count)
            campaigns[claim.campaign].balance -= funded + line.fee
            campaigns[claim.campaign].used += units
            if let shopper { campaigns[claim.campaign].usedBy[shopper, default: 0] += units }
            payable += funded
            fee += line.fee
            open.redemptions += funded
            open.fee += line.fee
            open.unfunded += claim.claimed - funded
            lines.append(line)
        }
        for hold in used { holds[hold].state = .over }
        sales.append(ModelSale(number: number, shopper: shopper, minute: soldAt, lines: lines, isAfterClose: isOver))
        return lines.map(\.funded)
    }

    /// Units that count and what is paid; notes the hold that it rests on.
    private func paid(
        _ claim: ModelClaim, _ shopper: Int?, _ soldAt: Int, _ used: inout Set<Int>
    ) -> (units: Int64, funded: Int64) {
        let one = campaigns[claim.campaign]
        guard one.state != .closed else { return (0, 0) }
        let base = claim.quantity * one.terms.price
        switch claim.basis {
        case .hold(let index):
            let hold = holds[index]
            guard hold.state != .over, hold.shopper == shopper,
                let kept = hold.kept.first(where: { $0.campaign == claim.campaign })
            else { break }
            used.insert(index)
            let isPart = claim.quantity < kept.quantity
            let amount = isPart ? kept.amount * claim.quantity / kept.quantity : kept.amount
            let units = isPart ? min(kept.units, claim.quantity) : kept.units
            let wanted = min(claim.claimed, amount, base)
            guard hold.state == .lapsed else { return (wanted == 0 ? 0 : units, wanted) }
            return payable(wanted, units, of: amount, claim.campaign, shopper)
        case .token(let kept):
            return payable(min(claim.claimed, kept.amount, base), kept.units, of: kept.amount, claim.campaign, shopper)
        case .nothing: break
        }
        guard one.state == .running || soldAt < one.haltedAt ?? 0 else { return (0, 0) }
        let amount = claim.quantity * one.terms.discount
        return payable(min(claim.claimed, amount, base), claim.quantity, of: amount, claim.campaign, shopper)
    }

    /// Of what is wanted for some units, what limits and money leave: whole units, but any part of the money.
    private func payable(
        _ wanted: Int64, _ units: Int64, of amount: Int64, _ campaign: Int, _ shopper: Int?
    ) -> (units: Int64, funded: Int64) {
        let counted = min(units, unitsLeft(campaign, shopper))
        guard counted > 0 else { return (0, 0) }
        let limited = min(wanted, counted < units ? amount * counted / units : amount)
        let money = campaigns[campaign].balance - heldMoney(campaign)
        var funded = limited
        while funded > 0, cost(funded) > money { funded -= 1 }
        return (funded == 0 ? 0 : counted, funded)
    }

    /// Pieces of a line come back for so much money.
    mutating func takeBack(sale: Int, line: Int, _ pieces: Int64, refunded: Int64) {
        var paid = sales[sale].lines[line]
        paid.returned += pieces
        paid.refunded += refunded
        let discounted = min(paid.units, paid.quantity)
        let missing = campaigns[paid.campaign].terms.price * paid.returned - paid.refunded
        let proven = paid.claimed > 0 && missing > 0 ? min(missing * discounted / paid.claimed, paid.returned, discounted) : 0
        let came = min(discounted, max(proven, paid.returned - (paid.quantity - discounted), 0))
        giveBack(&paid, discounted: came, of: discounted, sales[sale].shopper)
        sales[sale].lines[line] = paid
    }

    mutating func void(sale: Int) {
        for line in sales[sale].lines.indices {
            var paid = sales[sale].lines[line]
            let discounted = min(paid.units, paid.quantity)
            giveBack(&paid, discounted: discounted, of: discounted, sales[sale].shopper)
            sales[sale].lines[line] = paid
        }
        sales[sale].isVoided = true
    }

    private mutating func giveBack(_ line: inout ModelLine, discounted: Int64, of all: Int64, _ shopper: Int?) {
        guard line.funded > 0, discounted > 0 else { return }
        let amount = max(0, line.funded * discounted / all - line.back)
        let feePart = max(0, line.fee * discounted / all - line.feeBack)
        let one = campaigns[line.campaign]
        // Units come back with the goods, also where their part of the money rounds to nothing or a dispute took it before.
        if one.state == .running || one.state == .paused {
            let units = max(0, line.units * discounted / all - line.unitsBack)
            line.unitsBack += units
            campaigns[line.campaign].used -= units
            if let shopper { campaigns[line.campaign].usedBy[shopper, default: 0] -= units }
        }
        line.back += amount
        line.feeBack += feePart
        if one.state == .closed { wallet += amount + feePart } else { campaigns[line.campaign].balance += amount + feePart }
        payable -= amount
        fee -= feePart
        open.returns += amount
        open.feeReturns += feePart
    }
}
