import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Tenancy

/// A prepaid balance is opened: for an agreement, once, or as the retailer's own.
struct OpenWallet: Sendable {
    let name: String?
    let agreement: AgreementID?

    enum Refusal: Kernel.Refusal {
        case agreementNotFound
        case agreementNotOpen
        case walletExists
        case ownWalletByStranger

        var problem: Problem {
            switch self {
            case .agreementNotFound: .notFound("agreement")
            case .agreementNotOpen: Problem(409, "agreement_not_open", "The agreement takes no money in its state.")
            case .walletExists: Problem(409, "wallet_exists", "The agreement has its wallet.")
            case .ownWalletByStranger: Problem(403, "role_not_allowed", "Only the retailer opens its own wallets.")
            }
        }
    }

    init(_ fields: Fields) {
        name = fields.stringIfPresent("name", max: 200)
        agreement = fields.idIfPresent("agreement_id")
        if agreement == nil, name == nil { fields.refuse("name", "required", "Is required for a wallet without agreement.") }
    }

    func run(in tx: borrowing Transaction, of retailer: RetailerID, by author: Author) throws -> WalletBalance {
        let now = author.world.now()
        let books = try tx.books(of: retailer, at: now)
        let (owner, ownName) = try owner(in: tx, of: retailer, by: author)
        let id = author.world.newID(WalletID.self)
        let wallet = Wallet(
            id: id, account: DerivedID.make(retailer, key: "account", leg: "wallet \(id.value)"), name: ownName, owner: owner,
            asset: books.asset, createdAt: now)
        guard try tx.insert(wallet, of: retailer) else { throw Refusal.walletExists }
        let balance = WalletBalance(wallet: wallet, available: 0, posted: 0, inCampaigns: 0, lowBalance: nil)
        try tx.audit(author, "wallet.opened", about: EventSubject(id), after: balance)
        try tx.append(.walletOpened(wallet), to: retailer, in: author.world)
        return balance
    }

    private func owner(
        in tx: borrowing Transaction, of retailer: RetailerID, by author: Author
    ) throws -> (Wallet.Owner, name: String) {
        guard let agreement else {
            if case .supplier = author.principal.organisation { throw Refusal.ownWalletByStranger }
            return (.retailer, name ?? "")
        }
        guard let found = try tx.walletAgreement(agreement, of: retailer) else { throw Refusal.agreementNotFound }
        guard found.takesMoney else { throw Refusal.agreementNotOpen }
        return (.supplier(found.supplier, agreement: agreement), name ?? found.name)
    }
}
