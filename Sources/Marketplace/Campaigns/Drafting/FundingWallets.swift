import Kernel
import Ledger
import Parties
import Postgres

/// The wallets of a campaign's funding, in the order of its parts.
struct FundingWallets: Sendable {
    let plan: FundingPlan
    let wallets: [Wallet]

    enum Refusal: Kernel.Refusal, Hashable {
        case unknownWallet(index: Int)
        case noWallet

        var problem: Problem {
            switch self {
            case .unknownWallet(let index):
                .invalid([
                    FieldProblem(
                        pointer: "/funding/\(index)/wallet_id", code: "unknown_wallet", detail: "No such wallet may pay it.")
                ])
            case .noWallet:
                Problem(
                    409, "wallet_missing", "No wallet pays the campaign.",
                    detail: "Open the agreement's wallet, or name the wallets that pay.")
            }
        }
    }

    /// Whether each wallet is the supplier's, for whose part the fee is taken.
    var suppliersOwn: [Bool] { wallets.map { $0.supplier != nil } }

    /// What each wallet puts into a budget.
    func split(_ budget: Int64, _ fee: BasisPoints) throws -> [Int64] {
        do throws(BudgetSplit.Fault) {
            return try BudgetSplit(of: budget, over: plan, fee: fee, suppliersOwn: suppliersOwn).parts
        } catch {
            switch error {
            case .capsTooLow(let missing): throw LaunchCampaign.Refusal.capsTooLow(missing: missing)
            }
        }
    }

    /// A wallet that lacks money is named by its place.
    func reportingShortfalls<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch Posting.Refusal.insufficientFunds(let account, let missing) {
            guard let place = wallets.firstIndex(where: { $0.account == account }) else {
                throw Posting.Refusal.insufficientFunds(account, missing: missing)
            }
            throw LaunchCampaign.Refusal.insufficientFunds(wallets[place].id, place: place, shortfall: missing)
        }
    }

    /// Whether the retailer's money is in it too: then a person of the retailer's decides.
    var hasRetailersMoney: Bool { wallets.contains { $0.owner == .retailer } }
}

extension Transaction {
    /// Refuses wallets that may not pay this campaign.
    func checkWallets(of campaign: Campaign) throws {
        _ = try wallets(of: campaign.terms.funding, for: campaign)
    }

    /// The wallets that will pay; without a plan the agreement's, for all of it.
    func fundingWallets(of campaign: Campaign) throws -> FundingWallets {
        let plan = campaign.terms.funding
        guard plan.parts.isEmpty else {
            return FundingWallets(plan: plan, wallets: try wallets(of: plan, for: campaign))
        }
        guard let agreement = campaign.agreement,
            let wallet = try wallet(ofAgreement: agreement, at: campaign.retailer)
        else { throw FundingWallets.Refusal.noWallet }
        return FundingWallets(
            plan: FundingPlan(parts: [.init(wallet: wallet.id, kind: .remainder)]), wallets: [wallet])
    }

    /// A campaign is paid by its agreement's wallet and by the retailer's own; by no other supplier's.
    private func wallets(of plan: FundingPlan, for campaign: Campaign) throws -> [Wallet] {
        try plan.parts.enumerated().map { index, part in
            guard let wallet = try wallet(part.wallet, of: campaign.retailer),
                wallet.owner == .retailer || wallet.agreement == campaign.agreement
            else { throw FundingWallets.Refusal.unknownWallet(index: index) }
            return wallet
        }
    }
}
