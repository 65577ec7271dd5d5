import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// A retailer's books over a real database, without HTTP: for the rules of accounts, transfers and holds.
struct TestBooks: Sendable {
    static let asset = Asset(stored: "RUB")
    static let now = Instant("2026-03-02T12:00:00Z")!
    static let day = now.utcDay

    let database: Database
    let retailer: RetailerID
    let world: OutsideWorld
    /// The clock that holds are compared with.
    let holdClock: TestClock

    var clock: LedgerClock {
        let holdClock = holdClock
        return LedgerClock { _ in holdClock.now }
    }

    static func open(on database: Database? = nil) async throws -> TestBooks {
        let database = if let database { database } else { try await TestDatabase.open() }
        let clock = TestClock(now)
        let retailer = clock.world.newID(RetailerID.self)
        _ = try await database.transaction(as: .platform) { tx in
            try tx.pipeline([
                """
                INSERT INTO retailer (retailer_id, name, asset, zone) VALUES (\(retailer), 'Grocer', 'RUB', 'Europe/Moscow')
                """,
                "INSERT INTO policy (retailer_id) VALUES (\(retailer))",
                "INSERT INTO log_head (retailer_id) VALUES (\(retailer))",
            ])
        }
        return TestBooks(database: database, retailer: retailer, world: clock.world, holdClock: clock)
    }

    func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await database.transaction(as: .retailer(retailer), body)
    }

    /// A wallet of the retailer's own with so much in it, by an allocation.
    func makeWallet(holding amount: Int64) async throws -> Wallet {
        let (retailer, world) = (retailer, world)
        let id = world.newID(WalletID.self)
        let wallet = Wallet(
            id: id, account: DerivedID.make(retailer, key: "account", leg: "wallet \(id.value)"), name: "Own",
            owner: .retailer, asset: Self.asset, createdAt: Self.now)
        try await transaction { tx in
            _ = try tx.pipeline([
                """
                INSERT INTO account (retailer_id, account_id, kind, asset, limit_debits)
                VALUES (\(retailer), \(wallet.account), 'wallet', 'RUB', true)
                """,
                """
                INSERT INTO wallet (retailer_id, wallet_id, account_id, name)
                VALUES (\(retailer), \(wallet.id), \(wallet.account), 'Own')
                """,
            ])
        }
        if amount > 0 { try await allocate(amount, to: wallet) }
        return wallet
    }

    func allocate(_ amount: Int64, to wallet: Wallet) async throws {
        let (retailer, world) = (retailer, world)
        let source = SharedAccount.allocation(Self.asset)
        let id = world.newID(AllocationID.self)
        let transfer = self.transfer(
            .allocation, from: source.id(at: retailer), to: wallet.account, amount, cause: EventSubject(id))
        _ = try await transaction { tx in
            try tx.post([transfer], opening: [source], of: retailer, at: Self.now)
            try tx.execute(
                """
                INSERT INTO allocation (
                    retailer_id, allocation_id, wallet_id, amount, reason, allocated_by_key, transfer_id, allocated_at
                )
                VALUES (
                    \(retailer), \(id), \(wallet.id), \(amount), 'test', \(id.value), \(transfer.id), \(Self.now)
                )
                """)
        }
    }

    /// A campaign's account with so much of a wallet's money in it.
    func makeCampaign(of wallet: Wallet, budget: Int64) async throws -> AccountID {
        let (retailer, campaign) = (retailer, world.newID(EventID.self).value)
        let account = try await transaction { tx in
            try tx.openCampaignAccount(of: campaign, fundedBy: wallet, at: retailer)
        }
        if budget > 0 {
            try await post(transfer(.launch, from: wallet.account, to: account, budget, campaign: campaign))
        }
        return account
    }

    func makeCampaign(budget: Int64) async throws -> AccountID {
        try await makeCampaign(of: try await makeWallet(holding: budget), budget: budget)
    }

    func transfer(
        _ kind: TransferKind, from debit: AccountID, to credit: AccountID, _ amount: Int64, id: TransferID? = nil,
        campaign: Identifier? = nil, cause: EventSubject = EventSubject(kind: "test", id: "1"), reverses: TransferID? = nil
    ) -> NewTransfer {
        NewTransfer(
            id: id ?? TransferID(world.newID(EventID.self).value), kind: kind, debit: debit, credit: credit,
            amount: Money(minor: amount, asset: Self.asset), campaign: campaign, cause: cause, businessDay: Self.day,
            reverses: reverses)
    }

    @discardableResult
    func post(_ transfers: NewTransfer..., opening: [SharedAccount] = []) async throws -> [PostedTransfer] {
        let (retailer, clock) = (retailer, clock)
        return try await transaction { tx in
            try tx.post(transfers, opening: opening, of: retailer, at: Self.now, clock: clock)
        }
    }

    func hold(_ amount: Int64, on account: AccountID, id: HoldID? = nil, quote: Identifier? = nil, seconds: Int64 = 900)
        -> NewHold
    {
        NewHold(
            id: id ?? HoldID(world.newID(EventID.self).value), account: account, quote: quote ?? world.newID(EventID.self).value,
            amount: Money(minor: amount, asset: Self.asset), expiresAt: holdClock.now.adding(seconds: seconds))
    }

    @discardableResult
    func place(_ holds: NewHold...) async throws -> [Hold] {
        let (retailer, clock) = (retailer, clock)
        return try await transaction { tx in try tx.placeHolds(holds, of: retailer, clock: clock) }
    }

    @discardableResult
    func post(_ hold: HoldID, with transfers: NewTransfer..., opening: [SharedAccount] = []) async throws -> [PostedTransfer] {
        let (retailer, clock) = (retailer, clock)
        return try await transaction { tx in
            try tx.postHolds(
                [HoldPayment(hold: hold, transfers: transfers)], opening: opening, of: retailer, at: Self.now, clock: clock)
        }
    }

    func account(_ id: AccountID) async throws -> Account? {
        let retailer = retailer
        return try await transaction { tx in try tx.accounts([id], of: retailer).first }
    }

    var payable: SharedAccount { .payable(Self.asset, owner: nil) }
    var fee: SharedAccount { .fee(Self.asset) }

    /// The names of checks that find something, of all or of some.
    func findings(_ checks: [LedgerCheck] = LedgerCheck.ledger) async throws -> [String] {
        let verification = Verification(database)
        var wrong: [String] = []
        for check in checks where try await verification.run(check, of: retailer).findings > 0 { wrong.append(check.name) }
        return wrong
    }
}

/// The refusal that `work` ends in; nil where it does not.
func refusal(_ work: () async throws -> Void) async throws -> Posting.Refusal? {
    do {
        try await work()
        return nil
    } catch let refusal as Posting.Refusal {
        return refusal
    }
}
