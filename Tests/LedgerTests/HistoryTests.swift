import Kernel
import Ledger
import TestSupport
import Testing

/// Random histories: every answer equals a model of a few lines, and the audits hold after every step.
@Suite struct HistoryTests {
    private static let stepsMax = 120
    /// The audits that are run after every step; all of them at the end.
    private static let quick = LedgerCheck.ledger.filter {
        ["debits_equal_credits", "counters_equal_entries", "pending_equals_holds", "nothing_below_zero"].contains($0.name)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `a random history of money and holds agrees with the model and passes every audit`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var history = try await History(try await TestBooks.open())
        for step in 0..<Self.stepsMax {
            let what = try await history.step(&random)
            for (account, model) in history.balances {
                let stands = try await history.books.account(account)?.balance
                #expect(stands == model, "seed \(seed) step \(step): \(what)")
            }
            #expect(try await history.books.findings(Self.quick) == [], "seed \(seed) step \(step): \(what)")
        }
        #expect(try await history.books.findings() == [], "seed \(seed)")
        #expect(history.taken > 20 && history.refused > 5, "seed \(seed): \(history.taken) and \(history.refused)")
    }
}

/// The model: balances of wallets and campaigns, and holds that are neither resolved nor due.
private struct History {
    let books: TestBooks
    let wallets: [Wallet]
    let campaigns: [AccountID]
    var balances: [AccountID: Int64] = [:]
    var holds: [NewHold] = []
    var posted: [NewTransfer] = []
    var taken = 0
    var refused = 0

    init(_ books: TestBooks) async throws {
        self.books = books
        wallets = [try await books.makeWallet(holding: 0), try await books.makeWallet(holding: 0)]
        var campaigns: [AccountID] = []
        for wallet in wallets {
            for _ in 0..<2 { campaigns.append(try await books.makeCampaign(of: wallet, budget: 0)) }
        }
        self.campaigns = campaigns
        for account in wallets.map(\.account) + campaigns { balances[account] = 0 }
    }

    /// Not held by what is still good; due holds give way.
    private func available(_ account: AccountID) -> Int64 {
        let now = books.holdClock.now
        let held = holds.filter { $0.account == account && now < $0.expiresAt }.map(\.amount.minor).reduce(0, +)
        return balances[account, default: 0] - held
    }

    mutating func step(_ random: inout SeededGenerator) async throws -> String {
        let amount = Int64.random(in: 1...200, using: &random)
        let wallet = wallets[Int.random(in: 0..<2, using: &random)]
        let index = Int.random(in: 0..<4, using: &random)
        let campaign = campaigns[index]
        let payable = books.payable.id(at: books.retailer)
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1:
            try await books.allocate(amount, to: wallet)
            balances[wallet.account, default: 0] += amount
            return "allocate \(amount)"
        case 2, 3:
            let source = wallets[index / 2].account
            let id = try await books.account(campaign)?.campaign
            return try await spend(books.transfer(.launch, from: source, to: campaign, amount, campaign: id), "launch")
        case 4, 5: return try await spend(books.transfer(.redemption, from: campaign, to: payable, amount / 4 + 1), "capture")
        case 6:
            try await books.post(books.transfer(.return, from: payable, to: campaign, amount / 8 + 1), opening: [books.payable])
            balances[campaign, default: 0] += amount / 8 + 1
            return "return"
        case 7, 8:
            return try await place(books.hold(amount / 4 + 1, on: campaign, seconds: Int64.random(in: 1...300, using: &random)))
        case 9: return try await resolve(paying: Bool.random(using: &random), &random)
        case 10:
            books.holdClock.advance(seconds: Int64.random(in: 1...60, using: &random))
            return try await sweep(Bool.random(using: &random))
        default: return try await replay(&random)
        }
    }

    private mutating func spend(_ transfer: NewTransfer, _ what: String) async throws -> String {
        let lacks = transfer.amount.minor - available(transfer.debit)
        let books = books
        let answer = try await refusal { try await books.post(transfer, opening: [books.payable]) }
        #expect(answer == (lacks > 0 ? .insufficientFunds(transfer.debit, missing: lacks) : nil), "\(what)")
        if answer == nil { book(transfer) } else { refused += 1 }
        return what
    }

    private mutating func place(_ hold: NewHold) async throws -> String {
        let lacks = hold.amount.minor - available(hold.account)
        let books = books
        let answer = try await refusal { try await books.place(hold) }
        #expect(answer == (lacks > 0 ? .insufficientFunds(hold.account, missing: lacks) : nil), "hold")
        if answer == nil { holds.append(hold) } else { refused += 1 }
        return "hold"
    }

    private mutating func resolve(paying: Bool, _ random: inout SeededGenerator) async throws -> String {
        guard let hold = holds.randomElement(using: &random) else { return "no hold" }
        let books = books
        guard paying else {
            let (retailer, clock, quote) = (books.retailer, books.clock, hold.quote)
            _ = try await books.transaction { tx in try tx.voidHolds(of: quote, at: retailer, clock: clock) }
            holds.removeAll { $0.id == hold.id }
            return "void"
        }
        let part = Int64.random(in: 1...(hold.amount.minor + 2), using: &random)
        let transfer = books.transfer(.redemption, from: hold.account, to: books.payable.id(at: books.retailer), part)
        let answer = try await refusal { try await books.post(hold.id, with: transfer, opening: [books.payable]) }
        if hold.expiresAt <= books.holdClock.now {
            #expect(answer == .holdExpired(hold.id))
        } else if part > hold.amount.minor {
            #expect(answer == .exceedsHold(hold.id))
        } else {
            #expect(answer == nil)
            book(transfer)
            holds.removeAll { $0.id == hold.id }
        }
        if answer != nil { refused += 1 }
        return "pay from a hold"
    }

    private mutating func sweep(_ sweeps: Bool) async throws -> String {
        guard sweeps else { return "time passes" }
        let (retailer, clock) = (books.retailer, books.clock)
        _ = try await books.transaction { tx in try tx.expireDueHolds(of: retailer, clock: clock) }
        return "sweep"
    }

    private mutating func replay(_ random: inout SeededGenerator) async throws -> String {
        guard let transfer = posted.randomElement(using: &random) else { return "nothing to replay" }
        let answers = try await books.post(transfer)
        #expect(answers.map(\.isReplay) == [true])
        return "replay"
    }

    private mutating func book(_ transfer: NewTransfer) {
        balances[transfer.debit]? -= transfer.amount.minor
        balances[transfer.credit]? += transfer.amount.minor
        posted.append(transfer)
        taken += 1
    }
}
