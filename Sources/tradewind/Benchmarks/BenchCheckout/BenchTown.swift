import App
import Campaigns
import EventLog
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// A retailer for the checkout's benchmark, made by a few statements: stores, products, shoppers with a card each, and a
/// supplier's campaigns for everyone. Campaign n takes 15 % off product n; the fee is 5 %.
struct BenchTown: Sendable {
    static let stores = 100
    static let products = 5_000
    static let priceMinor: Int64 = 10_000
    static let discountMinor: Int64 = 1_500
    static let feeMinor: Int64 = 75
    private static let budgetMinor: Int64 = 100_000_000_000

    let retailer: RetailerID
    let supplier: SupplierID
    let campaigns: [CampaignID]
    /// The account of each campaign.
    let accounts: [AccountID]
    let shoppers: Int
    let till: KeyToken

    static func make(
        campaigns: Int, shoppers: Int, on database: Database, in world: OutsideWorld, _ environment: KeyToken.Environment
    ) async throws -> BenchTown {
        precondition(campaigns <= products, "each campaign has its product")
        let retailer = try await BenchRetailer.make(database)
        let (supplier, agreement) = (world.newID(SupplierID.self), world.newID(AgreementID.self))
        let till = try await addParties(retailer, supplier, agreement, on: database, in: world, environment)
        let wallet = Wallet(
            id: world.newID(), account: world.newID(), name: "bench", owner: .supplier(supplier, agreement: agreement),
            asset: Asset(stored: "RUB"), createdAt: world.now())
        let ids = (0..<campaigns).map { _ in world.newID(CampaignID.self) }
        let town = BenchTown(
            retailer: retailer, supplier: supplier, campaigns: ids,
            accounts: ids.map { AccountID.campaign($0.value, fundedBy: wallet.id, at: retailer) }, shoppers: shoppers, till: till)
        try await database.transaction(as: .retailer(retailer)) { tx in
            try town.addCatalogue(tx)
            try town.addCampaigns(tx, wallet, agreement, at: world.now())
            try town.fund(tx, wallet, at: world.now())
        }
        for first in stride(from: 1, through: shoppers, by: 50_000) {
            try await database.transaction(as: .retailer(retailer)) { tx in
                try town.addShoppers(tx, first...min(shoppers, first + 49_999))
            }
        }
        return town
    }

    private static func addParties(
        _ retailer: RetailerID, _ supplier: SupplierID, _ agreement: AgreementID, on database: Database,
        in world: OutsideWorld, _ environment: KeyToken.Environment
    ) async throws -> KeyToken {
        let author = Author(
            principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
            scope: .platform, requestID: "bench", world: world)
        let today = world.now().utcDay
        try await database.transaction(as: .platform) { tx in
            for table in ["receipt", "redemption", "event"] { try tx.execute("SELECT attach_month(\(table), \(today))") }
        }
        return try await database.transaction(as: .platform) { tx in
            try tx.pipeline([
                "INSERT INTO supplier (supplier_id, name) VALUES (\(supplier), 'bench')",
                """
                INSERT INTO agreement (
                    retailer_id, agreement_id, supplier_id, name, state, starts_on, ends_on, fee_bp, depth_max_bp,
                    money_holder, insight_scope, scope
                )
                VALUES (
                    \(retailer), \(agreement), \(supplier), 'bench', 'active', \(today.adding(days: -1)),
                    \(today.adding(days: 365)), 500, 5000, 'retailer', 'own_brands', '{}'
                )
                """,
            ])
            let command = IssueKey(name: "bench", organisation: .retailer(retailer, [.till]))
            return try command.run(in: tx, by: author, environment).token
        }
    }

    private func addCatalogue(_ tx: borrowing Transaction) throws {
        try tx.pipeline([
            """
            INSERT INTO ordinal_counter (retailer_id, kind, used)
            SELECT \(retailer), kind, used
            FROM unnest(ARRAY['store', 'product', 'shopper'], \([Int64(Self.stores), Int64(Self.products), Int64(shoppers)]))
                AS counter (kind, used)
            """,
            """
            INSERT INTO store (retailer_id, store_id, ordinal, name, zone)
            SELECT \(retailer), 's' || n, n, 's' || n, 'UTC' FROM generate_series(1, \(Int32(Self.stores))) AS n
            """,
            """
            INSERT INTO product (retailer_id, product_id, ordinal, name)
            SELECT \(retailer), 'p' || n, n, 'p' || n FROM generate_series(1, \(Int32(Self.products))) AS n
            """,
        ])
    }

    private func addShoppers(_ tx: borrowing Transaction, _ keys: ClosedRange<Int>) throws {
        let (first, last) = (Int64(keys.lowerBound), Int64(keys.upperBound))
        try tx.pipeline([
            """
            INSERT INTO shopper (retailer_id, shopper_key)
            SELECT \(retailer), n FROM generate_series(\(first), \(last)) AS n
            """,
            """
            INSERT INTO shopper_card (retailer_id, shopper_id, shopper_key, card_key)
            SELECT \(retailer), 'card-' || n, n, n FROM generate_series(\(first), \(last)) AS n
            """,
        ])
    }
}

extension BenchTown {
    private func addCampaigns(
        _ tx: borrowing Transaction, _ wallet: Wallet, _ agreement: AgreementID, at now: Instant
    ) throws {
        try tx.pipeline([
            """
            INSERT INTO account (retailer_id, account_id, kind, asset, supplier_id, limit_debits)
            VALUES (\(retailer), \(wallet.account), 'wallet', 'RUB', \(supplier), true)
            """,
            """
            INSERT INTO wallet (retailer_id, wallet_id, account_id, supplier_id, agreement_id, name)
            VALUES (\(retailer), \(wallet.id), \(wallet.account), \(supplier), \(agreement), 'bench')
            """,
            """
            INSERT INTO account (
                retailer_id, account_id, kind, asset, supplier_id, wallet_account_id, campaign_id, limit_debits
            )
            SELECT \(retailer), account_id, 'campaign', 'RUB', \(supplier), \(wallet.account), campaign_id, true
            FROM unnest(\(accounts), \(campaigns)) AS new (account_id, campaign_id)
            """,
            """
            INSERT INTO campaign (
                retailer_id, campaign_id, supplier_id, agreement_id, name, state, starts_at, ends_at, approved_version,
                launched_at, created_by_key
            )
            SELECT \(retailer), campaign_id, \(supplier), \(agreement), 'bench', 'running',
                \(now) AT TIME ZONE 'UTC' - interval '1 day', \(now) AT TIME ZONE 'UTC' + interval '30 days', 1, \(now),
                \(Identifier(high: 0, low: 0))
            FROM unnest(\(campaigns)) AS new (campaign_id)
            """,
            """
            INSERT INTO campaign_version (
                retailer_id, campaign_id, supplier_id, version, eligibility, condition, reward, limits, presentation,
                budget_amount, fee_bp, edited_by_key
            )
            SELECT \(retailer), campaign_id, \(supplier), 1, '{"type": "everyone"}', '{}',
                '{"type": "percent_off", "basis_points": 1500}',
                '{"units_per_shopper": 1000000, "units_per_receipt": 10}', '{}', \(Self.budgetMinor), 500,
                \(Identifier(high: 0, low: 0))
            FROM unnest(\(campaigns)) AS new (campaign_id)
            """,
            """
            INSERT INTO campaign_product (
                retailer_id, campaign_id, supplier_id, version, product_id, product_ordinal, recorded_base_amount,
                discount_max_per_unit
            )
            SELECT \(retailer), campaign_id, \(supplier), 1, 'p' || n, n, \(Self.priceMinor), 5000
            FROM unnest(\(campaigns)) WITH ORDINALITY AS new (campaign_id, n)
            """,
            """
            INSERT INTO campaign_funding (
                retailer_id, campaign_id, supplier_id, place, wallet_id, kind, value, budget_amount, account_id
            )
            SELECT \(retailer), campaign_id, \(supplier), 1, \(wallet.id), 'percent', 10000, \(Self.budgetMinor), account_id
            FROM unnest(\(campaigns), \(accounts)) AS new (campaign_id, account_id)
            """,
        ])
    }

    private func fund(_ tx: borrowing Transaction, _ wallet: Wallet, at now: Instant) throws {
        let total = Money(minor: Self.budgetMinor * Int64(campaigns.count), asset: wallet.asset)
        let source = SharedAccount.external(wallet.asset)
        let filling = NewTransfer(
            id: DerivedID.make(retailer, key: "bench", leg: "top-up"), kind: .topUp, debit: source.id(at: retailer),
            credit: wallet.account, amount: total, cause: EventSubject(wallet.id), businessDay: now.utcDay)
        let launches = zip(campaigns, accounts).map { campaign, account in
            NewTransfer(
                id: DerivedID.make(retailer, key: "\(campaign)", leg: "launch"), kind: .launch, debit: wallet.account,
                credit: account, amount: Money(minor: Self.budgetMinor, asset: wallet.asset), campaign: campaign.value,
                cause: EventSubject(campaign), businessDay: now.utcDay)
        }
        let owed: [SharedAccount] = [
            .payable(wallet.asset, owner: supplier), .payable(wallet.asset, owner: nil), .fee(wallet.asset),
        ]
        try tx.post([filling] + launches, opening: [source] + owed, of: retailer, at: now)
    }
}
