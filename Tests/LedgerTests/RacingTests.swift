import Kernel
import Ledger
import Postgres
import TestSupport
import Testing

/// Many at once: never above the budget, exact sums, no deadlock that reaches a caller.
@Suite struct RacingTests {
    @Test func `48 tasks that spend one budget stop exactly at its end`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 1_000)
        let payable = books.payable.id(at: books.retailer)
        try await books.post(books.transfer(.redemption, from: campaign, to: payable, 1), opening: [books.payable])

        let outcomes = try await withThrowingTaskGroup(of: [Posting.Refusal?].self) { group in
            for _ in 0..<48 {
                group.addTask {
                    var outcomes: [Posting.Refusal?] = []
                    for _ in 0..<5 {
                        outcomes.append(
                            try await refusal {
                                try await books.post(books.transfer(.redemption, from: campaign, to: payable, 9))
                            })
                    }
                    return outcomes
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }

        #expect(outcomes.count { $0 == nil } == 111)
        #expect(outcomes.allSatisfy { $0 == nil || $0 == .insufficientFunds(campaign, missing: 9) })
        #expect(try await books.account(campaign)?.balance == 0)
        #expect(try await books.account(payable)?.balance == 1_000)
        #expect(try await books.findings() == [])
    }

    @Test func `holds and payments that race stay within the budget together`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 1_000)
        let payable = books.payable

        let spent = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let hold = books.hold(45, on: campaign)
                    let paid = books.transfer(.redemption, from: campaign, to: payable.id(at: books.retailer), 40)
                    do {
                        if number.isMultiple(of: 2) {
                            try await books.post(paid, opening: [payable])
                        } else {
                            try await books.place(hold)
                            try await books.post(hold.id, with: paid, opening: [payable])
                        }
                        return 40
                    } catch Posting.Refusal.insufficientFunds {
                        return 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }

        let account = try #require(try await books.account(campaign))
        #expect(account.debitsPosted == spent && spent <= 1_000 && spent >= 840)
        #expect(account.debitsPending == 0)
        #expect(try await books.findings() == [])
    }

    @Test func `one transfer sent by 32 tasks at once is posted once`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let transfer = books.transfer(.redemption, from: campaign, to: books.payable.id(at: books.retailer), 7)

        let replays = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 {
                group.addTask { try await books.post(transfer, opening: [books.payable])[0].isReplay }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(replays.count { !$0 } == 1)
        #expect(try await books.account(campaign)?.balance == 93)
    }

    @Test(arguments: [UInt64(11), 12])
    func `transfers between random accounts in random orders neither deadlock nor lose a kopeck`(seed: UInt64) async throws {
        let books = try await TestBooks.open()
        var accounts: [AccountID] = []
        for _ in 0..<8 { accounts.append(try await books.makeCampaign(budget: 1_000)) }
        let all = accounts
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<32 {
                group.addTask {
                    var random = SeededGenerator(seed: seed &* 1_000 &+ UInt64(task))
                    for _ in 0..<6 {
                        let transfers = (0..<3).map { _ in
                            let pair = all.shuffled(using: &random).prefix(2)
                            return books.transfer(
                                .return, from: pair[0], to: pair[1], Int64.random(in: 1...50, using: &random))
                        }
                        _ = try await refusal { try await books.post(transfers[0], transfers[1], transfers[2]) }
                    }
                }
            }
            try await group.waitForAll()
        }

        var sum: Int64 = 0
        for account in all { sum += try await books.account(account)?.balance ?? 0 }
        #expect(sum == 8_000, "seed \(seed)")
        #expect(try await books.findings() == [], "seed \(seed)")
    }

    @Test func `shared accounts that 32 tasks need for the first time are opened once`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 1_000)
        let (payable, fee) = (books.payable, books.fee)

        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<32 {
                group.addTask {
                    let target = number.isMultiple(of: 2) ? payable : fee
                    try await books.post(
                        books.transfer(.redemption, from: campaign, to: target.id(at: books.retailer), 2),
                        opening: number.isMultiple(of: 3) ? [fee, payable] : [payable, fee])
                }
            }
            try await group.waitForAll()
        }

        #expect(try await books.account(payable.id(at: books.retailer))?.balance == 32)
        #expect(try await books.account(fee.id(at: books.retailer))?.balance == 32)
    }
}
