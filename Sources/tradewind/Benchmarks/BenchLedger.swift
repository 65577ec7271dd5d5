import App
import EventLog
import Kernel
import Ledger
import Postgres
import Tenancy

/// How fast the books are sealed and verified: so many transfers are posted as redemptions are, from two hundred campaigns,
/// then sealed, closed and verified whole (statistics are made first: without them PostgreSQL checks foreign keys by scans); then a fiftieth more is posted and verified since its day.
struct BenchLedger: Sendable {
    static let campaigns = 200
    static let transfersOfPosting = 1_000
    private static let asset = Asset(stored: "RUB")

    let database: Database
    let retailer: RetailerID
    let transfers: Int

    private var world: OutsideWorld { .real }

    func run(_ report: @escaping (BenchMeasure) -> Void) async throws {
        let accounts = try await openBooks()
        try await post(Self.transfersOfPosting, from: accounts)
        try await database.transaction(as: Session(role: "tradewind_owner")) { tx in try tx.script("ANALYZE") }
        let posting = try await seconds { try await post(transfers, from: accounts) }
        report(measure("post", Double(transfers) / posting, "transfers/s"))
        var sealed = 0
        let sealing = try await seconds {
            sealed = try await LedgerSealer(database, world).seal(retailer)
        }
        report(measure("seal", Double(sealed) / sealing, "entries/s"))
        let tomorrow = world.now().adding(seconds: 86_400 + DayCloser.secondsAfterEnd)
        let closing = try await seconds { try await DayCloser(database, world.by { tomorrow }).close(retailer) }
        report(measure("close the days", closing, "s"))
        let whole = try await verify(since: nil, report)
        report(measure("verify", Double(transfers) / whole, "transfers/s"))
        report(measure("verify: 10 million transfers", whole * 10_000_000 / Double(transfers), "s"))
        let later = transfers / 50
        try await post(later, from: accounts, at: tomorrow)
        try await LedgerSealer(database, world).seal(retailer)
        let since = try await verify(since: tomorrow.utcDay, nil)
        report(measure("verify --since, a fiftieth new", since, "s"))
    }

    /// All checks of the ledger; how many seconds they took, and of those that took longest each its own.
    private func verify(since day: BusinessDay?, _ report: ((BenchMeasure) -> Void)?) async throws -> Double {
        var (total, findings) = (0.0, 0)
        for check in LedgerCheck.ledger {
            let took = try await seconds {
                findings += try await Verification(database, since: day).run(check, of: retailer).findings
            }
            if took > 0.5 { report?(measure("  \(check.name)", took, "s")) }
            total += took
        }
        guard findings == 0 else { throw Found(findings: findings) }
        return total
    }

    struct Found: Error {
        let findings: Int
    }

    private func measure(_ name: String, _ value: Double, _ unit: String) -> BenchMeasure {
        BenchMeasure(bench: "ledger", measure: name, value: value, unit: unit)
    }

    private func seconds(_ work: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await work()
        let took = (ContinuousClock.now - start).components
        return Double(took.seconds) + Double(took.attoseconds) / 1e18
    }
}

extension BenchLedger {
    /// A wallet of the retailer's own, and campaigns that it has filled.
    private func openBooks() async throws -> [AccountID] {
        let (retailer, now, count) = (retailer, world.now(), Self.campaigns)
        let wallet = Wallet(
            id: world.newID(), account: world.newID(), name: "bench", owner: .retailer, asset: Self.asset, createdAt: now)
        let each = Int64(transfers * 2 / count + Self.transfersOfPosting)
        let ids = (0..<count).map { _ in world.newID(EventID.self).value }
        let allocation = world.newID(AllocationID.self)
        return try await database.transaction(as: .retailer(retailer)) { tx in
            try tx.pipeline([
                """
                INSERT INTO account (retailer_id, account_id, kind, asset, limit_debits)
                VALUES (\(retailer), \(wallet.account), 'wallet', \(wallet.asset), true)
                """,
                """
                INSERT INTO wallet (retailer_id, wallet_id, account_id, name)
                VALUES (\(retailer), \(wallet.id), \(wallet.account), \(wallet.name))
                """,
            ])
            let accounts = try ids.map { try tx.openCampaignAccount(of: $0, fundedBy: wallet, at: retailer) }
            let source = SharedAccount.allocation(wallet.asset)
            let filling = transfer(
                .allocation, from: source.id(at: retailer), to: wallet.account, each * Int64(count), nil, at: now)
            let launches = zip(ids, accounts).map { transfer(.launch, from: wallet.account, to: $1, each, $0, at: now) }
            try tx.post([filling] + launches, opening: [source], of: retailer, at: now)
            try tx.execute(
                """
                INSERT INTO allocation (
                    retailer_id, allocation_id, wallet_id, amount, reason, allocated_by_key, transfer_id, allocated_at
                )
                VALUES (
                    \(retailer), \(allocation), \(wallet.id), \(filling.amount.minor), 'bench', \(allocation.value),
                    \(filling.id), \(now)
                )
                """)
            return accounts
        }
    }

    /// A thousand transfers in a transaction, one after the other: all credit one account.
    private func post(_ count: Int, from accounts: [AccountID], at moment: Instant? = nil) async throws {
        let (retailer, now) = (retailer, moment ?? world.now())
        let payable = SharedAccount.payable(Self.asset, owner: nil)
        for posting in 0..<max(1, count / Self.transfersOfPosting) {
            let transfers = (0..<Self.transfersOfPosting).map { place in
                transfer(
                    .redemption, from: accounts[(posting + place) % accounts.count], to: payable.id(at: retailer), 1, nil, at: now
                )
            }
            _ = try await database.transaction(as: .retailer(retailer)) { tx in
                try tx.post(transfers, opening: [payable], of: retailer, at: now)
            }
        }
    }

    private func transfer(
        _ kind: TransferKind, from debit: AccountID, to credit: AccountID, _ amount: Int64, _ campaign: Identifier?,
        at now: Instant
    ) -> NewTransfer {
        let id = world.newID(TransferID.self)
        return NewTransfer(
            id: id, kind: kind, debit: debit, credit: credit, amount: Money(minor: amount, asset: Self.asset),
            campaign: campaign, cause: EventSubject(kind: "bench", id: "\(id)"), businessDay: now.utcDay)
    }
}
