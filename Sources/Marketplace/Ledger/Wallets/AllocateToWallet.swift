import EventLog
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

/// The retailer puts some of its own budget into one of its own wallets. The counter-account is `allocation`: no bank
/// is involved.
struct AllocateToWallet: Sendable {
    let wallet: WalletID
    let amount: Money
    let reason: String
    let books: Books

    enum Refusal: Kernel.Refusal {
        case notOwnWallet

        var problem: Problem {
            Problem(409, "not_own_wallet", "A supplier's wallet is filled by top-ups, not by allocations.")
        }
    }

    init(_ fields: Fields, to wallet: WalletID, in books: Books) {
        self.wallet = wallet
        self.books = books
        amount = fields.money("amount", in: books.asset, minor: 1...Money.bound)
        reason = fields.string("reason", max: 500)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Allocation {
        guard let wallet = try tx.wallet(wallet, of: books.retailer) else { throw Problem.notFound("wallet") }
        guard wallet.owner == .retailer else { throw Refusal.notOwnWallet }
        let (id, now) = (author.world.newID(AllocationID.self), author.world.now())
        let source = SharedAccount.allocation(books.asset)
        let transfer = NewTransfer(
            id: DerivedID.make(books.retailer, key: "\(id)", leg: "credit"), kind: .allocation,
            debit: source.id(at: books.retailer), credit: wallet.account, amount: amount, cause: EventSubject(id),
            businessDay: books.today)
        try tx.post([transfer], opening: [source], of: books.retailer, at: now)
        let allocation = Allocation(
            id: id, wallet: wallet.id, amount: amount, reason: reason, transfer: transfer.id, allocatedAt: now)
        try tx.insert(allocation, of: books.retailer, by: author.principal)
        try tx.audit(author, "wallet.allocated", about: EventSubject(wallet.id), reason: reason, after: allocation)
        try tx.append(.walletCredited(wallet, transfer), to: books.retailer, in: author.world)
        return allocation
    }
}

/// Budget that the retailer put into one of its own wallets.
struct Allocation: Sendable, Hashable, JSONWritable {
    let id: AllocationID
    let wallet: WalletID
    let amount: Money
    let reason: String
    let transfer: TransferID
    let allocatedAt: Instant

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("wallet_id", wallet)
            json.field("amount", amount)
            json.field("reason", reason)
            json.field("transfer_id", transfer)
            json.field("allocated_at", allocatedAt)
        }
    }
}

extension Transaction {
    func insert(_ allocation: Allocation, of retailer: RetailerID, by principal: Principal) throws {
        try execute(
            """
            INSERT INTO allocation (
                retailer_id, allocation_id, wallet_id, amount, reason, allocated_by_person, allocated_by_key, transfer_id,
                allocated_at
            )
            VALUES (
                \(retailer), \(allocation.id), \(allocation.wallet), \(allocation.amount.minor), \(allocation.reason),
                \(principal.person), \(principal.key), \(allocation.transfer), \(allocation.allocatedAt)
            )
            """)
    }
}
