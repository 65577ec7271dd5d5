import EventLog
import Kernel
import Ledger
import TestSupport
import Testing

/// Holds over the real tables, with a clock that the test sets.
@Suite struct HoldTests {
    @Test func `a hold keeps money that nobody else can spend or hold`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        try await books.place(books.hold(60, on: campaign))

        let spend = try await refusal {
            try await books.post(
                books.transfer(.redemption, from: campaign, to: books.payable.id(at: books.retailer), 41),
                opening: [books.payable])
        }
        let hold = try await refusal { try await books.place(books.hold(41, on: campaign)) }

        #expect(spend == .insufficientFunds(campaign, missing: 1))
        #expect(hold == .insufficientFunds(campaign, missing: 1))
        #expect(try await books.account(campaign)?.available == 40)
        #expect(try await books.findings() == [])
    }

    @Test func `a part of a hold is posted and the rest is free again`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let hold = books.hold(60, on: campaign)
        try await books.place(hold)
        let (payable, fee) = (books.payable.id(at: books.retailer), books.fee.id(at: books.retailer))

        try await books.post(
            hold.id, with: books.transfer(.redemption, from: campaign, to: payable, 30),
            books.transfer(.fee, from: campaign, to: fee, 5), opening: [books.payable, books.fee])

        let account = try #require(try await books.account(campaign))
        #expect(account.balance == 65 && account.available == 65 && account.debitsPending == 0)
        #expect(try await books.findings() == [])
    }

    @Test func `posting a hold again with the same transfers is a replay, with others it is refused`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let hold = books.hold(60, on: campaign)
        try await books.place(hold)
        let paid = books.transfer(.redemption, from: campaign, to: books.payable.id(at: books.retailer), 30)
        try await books.post(hold.id, with: paid, opening: [books.payable])

        let again = try await books.post(hold.id, with: paid)
        let other = try await refusal {
            try await books.post(
                hold.id, with: books.transfer(.redemption, from: campaign, to: books.payable.id(at: books.retailer), 30))
        }

        #expect(again.map(\.isReplay) == [true])
        #expect(other == .holdAlreadyPosted(hold.id))
        #expect(try await books.account(campaign)?.balance == 70)
    }

    @Test func `more than the hold keeps, and a hold that is not there, are refused`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let hold = books.hold(60, on: campaign)
        try await books.place(hold)
        let payable = books.payable.id(at: books.retailer)

        let beyond = try await refusal {
            try await books.post(
                hold.id, with: books.transfer(.redemption, from: campaign, to: payable, 61), opening: [books.payable])
        }
        let missing = try await refusal {
            try await books.post(
                HoldID(Identifier(high: 5, low: 5)), with: books.transfer(.redemption, from: campaign, to: payable, 1),
                opening: [books.payable])
        }

        #expect(beyond == .exceedsHold(hold.id))
        #expect(missing == .holdNotFound)
        #expect(try await books.account(campaign)?.debitsPending == 60)
    }

    @Test func `a hold pays one transfer once`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let hold = books.hold(60, on: campaign)
        try await books.place(hold)
        let transfer = books.transfer(.redemption, from: campaign, to: books.payable.id(at: books.retailer), 10)

        let twice = try await refusal {
            try await books.post(hold.id, with: transfer, transfer, opening: [books.payable])
        }
        #expect(twice == .transferTwice(transfer.id))
        #expect(try await books.account(campaign)?.debitsPending == 60)
    }

    @Test func `a voided hold is free again, is voided once, and cannot be posted`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let hold = books.hold(60, on: campaign)
        try await books.place(hold)
        let (retailer, clock) = (books.retailer, books.clock)

        let voided = try await books.transaction { tx in try tx.voidHolds(of: hold.quote, at: retailer, clock: clock) }
        let again = try await books.transaction { tx in try tx.voidHolds(of: hold.quote, at: retailer, clock: clock) }
        let posted = try await refusal {
            try await books.post(
                hold.id, with: books.transfer(.redemption, from: campaign, to: books.payable.id(at: retailer), 1),
                opening: [books.payable])
        }

        #expect(voided.map(\.state) == [.voided] && again == [])
        #expect(posted == .holdAlreadyVoided(hold.id))
        #expect(try await books.account(campaign)?.available == 100)
        #expect(try await books.findings() == [])
    }

    @Test func `a hold is good until its last microsecond and not after`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let (first, second) = (books.hold(50, on: campaign, seconds: 60), books.hold(50, on: campaign, seconds: 60))
        try await books.place(first, second)
        let payable = books.payable.id(at: books.retailer)

        books.holdClock.set(Instant(microseconds: first.expiresAt.microseconds - 1))
        try await books.post(
            first.id, with: books.transfer(.redemption, from: campaign, to: payable, 50), opening: [books.payable])
        books.holdClock.set(first.expiresAt)
        let late = try await refusal {
            try await books.post(second.id, with: books.transfer(.redemption, from: campaign, to: payable, 50))
        }

        #expect(late == .holdExpired(second.id))
    }

    @Test func `before it refuses, a campaign lets go of holds whose time is up`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        try await books.place(books.hold(70, on: campaign, seconds: 60), books.hold(30, on: campaign, seconds: 600))
        books.holdClock.advance(seconds: 61)

        try await books.place(books.hold(40, on: campaign))
        try await books.post(
            books.transfer(.redemption, from: campaign, to: books.payable.id(at: books.retailer), 30), opening: [books.payable])

        #expect(try await books.account(campaign)?.debitsPending == 70)
        #expect(try await books.findings() == [])
    }

    @Test func `the sweep expires what is due, at most so many at once, and tells which`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 1_000)
        let due = (0..<5).map { _ in books.hold(10, on: campaign, seconds: 60) }
        for hold in due { try await books.place(hold) }
        try await books.place(books.hold(10, on: campaign, seconds: 600))
        books.holdClock.advance(seconds: 61)
        let (retailer, clock) = (books.retailer, books.clock)

        let first = try await books.transaction { tx in try tx.expireDueHolds(of: retailer, limit: 3, clock: clock) }
        let rest = try await books.transaction { tx in try tx.expireDueHolds(of: retailer, limit: 3, clock: clock) }
        let none = try await books.transaction { tx in try tx.expireDueHolds(of: retailer, limit: 3, clock: clock) }

        #expect(first.count == 3 && rest.count == 2 && none == [])
        #expect(Set((first + rest).map(\.id)) == Set(due.map(\.id)))
        #expect((first + rest).allSatisfy { $0.state == .expired })
        #expect(try await books.account(campaign)?.debitsPending == 10)
        #expect(try await books.findings() == [])
    }

    @Test func `placing a hold again finds it, and other content is refused with the field`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let hold = books.hold(60, on: campaign)
        let first = try await books.place(hold)
        let again = try await books.place(hold)
        let other = try await refusal {
            try await books.place(books.hold(61, on: campaign, id: hold.id, quote: hold.quote))
        }

        #expect(first == again)
        #expect(other == .holdExists(hold.id, field: "amount"))
        #expect(try await books.account(campaign)?.debitsPending == 60)
    }

    @Test func `only a campaign's money is held`() async throws {
        let books = try await TestBooks.open()
        let wallet = try await books.makeWallet(holding: 100)

        let refused = try await refusal { try await books.place(books.hold(10, on: wallet.account)) }

        #expect(refused == .notHoldable(wallet.account))
    }

    @Test func `holds are compared with the database's clock unless a test says otherwise`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let retailer = books.retailer
        let past = NewHold(
            id: HoldID(Identifier(high: 3, low: 3)), account: campaign, quote: Identifier(high: 3, low: 4),
            amount: Money(minor: 1, asset: TestBooks.asset), expiresAt: Instant("2020-01-01T00:00:00Z")!)

        let refused = try await refusal {
            try await books.transaction { tx in _ = try tx.placeHolds([past], of: retailer) }
        }

        #expect(refused == .holdExpired(past.id))
    }
}
