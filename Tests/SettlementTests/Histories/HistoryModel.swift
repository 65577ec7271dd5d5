/// What a wallet, its two campaigns and what is owed must be after a history of steps: a few sums in plain Swift that share
/// nothing with the service. Each campaign takes a percentage off one product; all amounts are minor units, all times are
/// minutes of the history.
struct HistoryModel: Sendable {
    struct Terms: Sendable, Hashable {
        let price: Int64
        /// Off one unit.
        let discount: Int64
        let budget: Int64
        let perShopper: Int64
        let perReceipt: Int64
        let total: Int64
    }

    struct Campaign: Sendable {
        enum State: Sendable { case approved, running, paused, stopped, closed }

        let terms: Terms
        var state = State.approved
        var launchedAt: Int?
        var haltedAt: Int?
        var balance: Int64 = 0
        var used: Int64 = 0
        var usedBy: [Int: Int64] = [:]

        var isLaunched: Bool { state != .approved }
    }

    let feeBP: Int64
    var campaigns: [Campaign]
    var minute = 0
    var isOver = false

    var wallet: Int64 = 0
    // Of accounts that others share: how they moved.
    var external: Int64 = 0
    var payable: Int64 = 0
    var fee: Int64 = 0
    var clearing: Int64 = 0

    var holds: [ModelHold] = []
    var sales: [ModelSale] = []
    var open = ModelFigures()
    var sealed: [ModelStatement] = []

    init(feeBP: Int64, _ terms: [Terms]) {
        self.feeBP = feeBP
        campaigns = terms.map { Campaign(terms: $0) }
    }

    /// Half up.
    func fee(on amount: Int64) -> Int64 { (amount * feeBP + 5_000) / 10_000 }

    func cost(_ amount: Int64) -> Int64 { amount + fee(on: amount) }
}

/// Money that people move.
extension HistoryModel {
    mutating func topUp(_ amount: Int64) {
        wallet += amount
        external -= amount
        open.topUps += amount
    }

    /// False where the wallet has less.
    mutating func refund(_ amount: Int64) -> Bool {
        guard amount <= wallet else { return false }
        wallet -= amount
        external += amount
        open.refunds += amount
        return true
    }

    mutating func correctTopUp(by amount: Int64) -> Bool {
        guard amount <= wallet else { return false }
        wallet -= amount
        external += amount
        open.corrections -= amount
        return true
    }

    mutating func launch(_ campaign: Int) -> Bool {
        let budget = campaigns[campaign].terms.budget
        guard budget <= wallet else { return false }
        wallet -= budget
        campaigns[campaign].balance = budget
        campaigns[campaign].state = .running
        campaigns[campaign].launchedAt = minute
        open.launches += budget
        return true
    }

    mutating func pause(_ campaign: Int) {
        campaigns[campaign].state = .paused
        campaigns[campaign].haltedAt = minute
    }

    mutating func resume(_ campaign: Int) {
        campaigns[campaign].state = .running
        campaigns[campaign].haltedAt = nil
    }

    mutating func stop(_ campaign: Int) {
        campaigns[campaign].state = .stopped
        campaigns[campaign].haltedAt = campaigns[campaign].haltedAt ?? minute
    }

    /// The last day for late receipts is over: what is left goes back to the wallet.
    mutating func close() {
        isOver = true
        for index in campaigns.indices where campaigns[index].isLaunched && campaigns[index].state != .closed {
            let rest = campaigns[index].balance
            campaigns[index].balance = 0
            campaigns[index].state = .closed
            wallet += rest
            open.releases += rest
        }
    }
}

/// What comes after the day.
extension HistoryModel {
    mutating func seal() {
        sealed.append(ModelStatement(figures: open))
        open = ModelFigures(opening: open.closing)
    }

    /// Discount and fee that went back.
    mutating func settleDispute(sale: Int, line: Int, amount: Int64) -> (discount: Int64, fee: Int64) {
        let paid = sales[sale].lines[line]
        let feeBack = min(
            max(0, paid.fee * (paid.back + amount) / paid.funded - paid.feeBack), paid.fee - paid.feeBack)
        sales[sale].lines[line].back += amount
        sales[sale].lines[line].feeBack += feeBack
        payable -= amount
        fee -= feeBack
        wallet += amount + feeBack
        open.corrections += amount + feeBack
        open.disputes += amount
        sealed[paid.statement].isAnswered = true
        return (amount, feeBack)
    }

    /// What is owed by the statements that may be paid; nil where nothing is.
    func payableNow() -> (statements: [Int], amount: Int64)? {
        let statements = sealed.indices.filter { sealed[$0].isPayable }
        let amount = statements.reduce(0) { $0 + sealed[$1].figures.owed }
        return amount > 0 ? (statements, amount) : nil
    }

    mutating func pay(_ statements: [Int], _ amount: Int64) {
        payable -= amount
        external += amount
        for statement in statements { sealed[statement].isPaid = true }
    }
}
