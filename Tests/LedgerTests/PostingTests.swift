import EventLog
import Kernel
import Ledger
import Postgres
import Tenancy
import TestSupport
import Testing

/// Transfers over the real tables.
@Suite struct PostingTests {
    @Test func `a transfer moves both balances and numbers both entries`() async throws {
        let books = try await TestBooks.open()
        let wallet = try await books.makeWallet(holding: 1_000)
        let campaign = try await books.makeCampaign(of: wallet, budget: 300)

        let (from, to) = (try #require(try await books.account(wallet.account)), try #require(try await books.account(campaign)))

        #expect(from.balance == 700 && from.seq == 2 && from.creditsPosted == 1_000 && from.debitsPosted == 300)
        #expect(to.balance == 300 && to.seq == 1)
        #expect(try await books.findings() == [])
    }

    @Test func `several transfers of one call may touch the same account, and see each other`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let payable = books.payable.id(at: books.retailer)

        try await books.post(
            books.transfer(.redemption, from: campaign, to: payable, 60),
            books.transfer(.return, from: payable, to: campaign, 50),
            books.transfer(.redemption, from: campaign, to: payable, 90), opening: [books.payable])

        #expect(try await books.account(campaign)?.balance == 0)
        #expect(try await books.account(payable)?.seq == 3)
        #expect(try await books.findings() == [])
    }

    @Test func `a call is posted whole or not at all`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let payable = books.payable.id(at: books.retailer)

        let refused = try await refusal {
            try await books.post(
                books.transfer(.redemption, from: campaign, to: payable, 60),
                books.transfer(.redemption, from: campaign, to: payable, 41), opening: [books.payable])
        }

        #expect(refused == .insufficientFunds(campaign, missing: 1))
        #expect(try await books.account(campaign)?.balance == 100)
        #expect(try await books.findings() == [])
    }

    @Test func `the same transfer again is a replay and moves nothing`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let transfer = books.transfer(.redemption, from: campaign, to: books.payable.id(at: books.retailer), 70)

        let first = try await books.post(transfer, opening: [books.payable])
        let again = try await books.post(transfer, opening: [books.payable])

        #expect(first == [PostedTransfer(transfer: transfer, postedAt: TestBooks.now, isReplay: false)])
        #expect(again == [PostedTransfer(transfer: transfer, postedAt: TestBooks.now, isReplay: true)])
        #expect(try await books.account(campaign)?.balance == 30)
    }

    @Test func `the same id with other content is refused with the field that differs`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let (payable, fee) = (books.payable.id(at: books.retailer), books.fee.id(at: books.retailer))
        let first = books.transfer(.redemption, from: campaign, to: payable, 10)
        try await books.post(first, opening: [books.payable, books.fee])

        let others: [(String, NewTransfer)] = [
            ("kind", books.transfer(.fee, from: campaign, to: payable, 10, id: first.id)),
            ("debit_account_id", books.transfer(.redemption, from: fee, to: payable, 10, id: first.id)),
            ("credit_account_id", books.transfer(.redemption, from: campaign, to: fee, 10, id: first.id)),
            ("amount", books.transfer(.redemption, from: campaign, to: payable, 11, id: first.id)),
            (
                "cause",
                books.transfer(
                    .redemption, from: campaign, to: payable, 10, id: first.id, cause: EventSubject(kind: "test", id: "2"))
            ),
        ]
        for (field, other) in others {
            #expect(try await refusal { try await books.post(other) } == .transferExists(first.id, field: field))
        }
        #expect(try await books.account(campaign)?.balance == 90)
    }

    @Test func `the same id between wholly other accounts is refused as well`() async throws {
        let books = try await TestBooks.open()
        let (one, other) = (try await books.makeCampaign(budget: 100), try await books.makeCampaign(budget: 100))
        let (payable, fee) = (books.payable.id(at: books.retailer), books.fee.id(at: books.retailer))
        let first = books.transfer(.redemption, from: one, to: payable, 10)
        try await books.post(first, opening: [books.payable])

        let refused = try await refusal {
            try await books.post(books.transfer(.redemption, from: other, to: fee, 10, id: first.id), opening: [books.fee])
        }

        #expect(refused == .transferExists(first.id, field: "debit_account_id"))
    }

    @Test func `a transfer is undone once, the other way, and not beyond its amount`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let payable = books.payable.id(at: books.retailer)
        let first = books.transfer(.redemption, from: campaign, to: payable, 50)
        try await books.post(first, opening: [books.payable])
        let undo = books.transfer(.return, from: payable, to: campaign, 50, reverses: first.id)
        let unknown = TransferID(Identifier(high: 7, low: 7))

        let beyond = try await refusal {
            try await books.post(books.transfer(.return, from: payable, to: campaign, 51, reverses: first.id))
        }
        let sameWay = try await refusal {
            try await books.post(books.transfer(.return, from: campaign, to: payable, 5, reverses: first.id))
        }
        let ofNothing = try await refusal {
            try await books.post(books.transfer(.return, from: payable, to: campaign, 5, reverses: unknown))
        }
        try await books.post(undo)
        let twice = try await refusal {
            try await books.post(books.transfer(.return, from: payable, to: campaign, 1, reverses: first.id))
        }

        #expect(beyond == .notAReversal(of: first.id) && sameWay == .notAReversal(of: first.id))
        #expect(ofNothing == .reversedTransferNotFound(unknown))
        #expect(twice == .alreadyReversed(first.id))
        #expect(try await books.account(campaign)?.balance == 100)
        #expect(try await books.findings() == [])
    }

    @Test func `an account that is not there, counts in another asset or would overflow is refused`() async throws {
        let books = try await TestBooks.open()
        let campaign = try await books.makeCampaign(budget: 100)
        let payable = books.payable.id(at: books.retailer)
        let points = NewTransfer(
            id: TransferID(Identifier(high: 9, low: 9)), kind: .redemption, debit: campaign, credit: payable,
            amount: Money(minor: 5, asset: Asset(stored: "points:x")), cause: EventSubject(kind: "test", id: "1"),
            businessDay: TestBooks.day)

        let missing = try await refusal {
            try await books.post(books.transfer(.redemption, from: campaign, to: payable, 1))
        }
        let otherAsset = try await refusal { try await books.post(points, opening: [books.payable]) }
        let overflow = try await refusal {
            try await books.post(
                books.transfer(.payment, from: books.fee.id(at: books.retailer), to: payable, .max),
                opening: [books.payable, books.fee])
        }

        #expect(missing == .accountNotFound(payable))
        #expect(otherAsset == .wrongAsset(campaign))
        #expect(overflow == .balanceTooLarge(books.fee.id(at: books.retailer)))
    }

    @Test func `a wallet below zero is refused by the table itself`() async throws {
        let books = try await TestBooks.open()
        let wallet = try await books.makeWallet(holding: 100)
        let retailer = books.retailer

        for change in ["debits_posted = 101", "debits_pending = 101", "limit_debits = false, debits_posted = 101"] {
            do {
                try await books.transaction { tx in
                    _ = try tx.execute(
                        "SELECT 1 FROM account WHERE retailer_id = \(retailer) AND account_id = \(wallet.account) FOR UPDATE")
                    try tx.script("UPDATE account SET \(change) WHERE account_id = '\(wallet.account.value)'")
                }
                Issue.record("\(change) was taken")
            } catch let error as DatabaseError {
                #expect(["account_never_below_zero", "account_limited_kinds"].contains(error.violatedConstraint))
            }
        }
    }

    @Test func `transfers and entries are neither changed nor deleted by the service`() async throws {
        let books = try await TestBooks.open()
        _ = try await books.makeWallet(holding: 100)

        for statement in [
            "UPDATE transfer SET amount = 1", "DELETE FROM transfer", "UPDATE entry SET amount = 1", "DELETE FROM entry",
            "DELETE FROM account", "DELETE FROM hold",
        ] {
            do {
                try await books.transaction { tx in try tx.script(statement) }
                Issue.record("\(statement) was taken")
            } catch DatabaseError.server(let error) {
                #expect(error.state == .insufficientPrivilege, "\(statement)")
            }
        }
    }

    @Test func `the books of another tenant are not there`() async throws {
        let (own, other) = (try await TestBooks.open(), try await TestBooks.open())
        let campaign = try await own.makeCampaign(budget: 100)
        let (retailer, payable) = (own.retailer, own.payable)
        let transfer = own.transfer(.redemption, from: campaign, to: payable.id(at: retailer), 1)

        let seen = try await other.transaction { tx in try tx.accounts([campaign], of: retailer) }
        let refused = try await refusal {
            try await other.transaction { tx in _ = try tx.post([transfer], of: retailer, at: TestBooks.now) }
        }

        #expect(seen == [])
        #expect(refused == .accountNotFound(campaign))
    }
}
