import HTTPSupport
import Kernel
import Parties
import Tenancy

/// For whom a caller acts on campaigns. A supplier's commands run in the retailer's scope, since bounds of prices and
/// wallets of others decide too; so each of them is tied to the supplier here, and by the fence before it.
struct CampaignAuthority: Sendable {
    let retailer: RetailerID
    /// Nil: the retailer's own people.
    let supplier: SupplierID?
    private let mayTouchSuppliers: Bool

    init(_ call: Call) throws {
        retailer = try call.retailerID()
        switch call.principal.organisation {
        case .supplier(let id, _):
            supplier = id
            mayTouchSuppliers = false
        case .retailer(_, let roles):
            supplier = nil
            mayTouchSuppliers = roles.contains(.approver)
        case .platform:
            supplier = nil
            mayTouchSuppliers = true
        case .auditor: throw Refusal.notOwner
        }
    }

    var side: CampaignSide { supplier == nil ? .retailer : .supplier }

    enum Refusal: Kernel.Refusal {
        case notOwner

        var problem: Problem {
            Problem(403, "role_not_allowed", "The key's roles do not allow this.", detail: "The campaign is a supplier's.")
        }
    }

    /// Drafts, submissions and launches are the owner's.
    func checkOwns(_ campaign: Campaign) throws {
        guard campaign.supplier == supplier else { throw Refusal.notOwner }
    }

    /// Pauses and stops are the owner's and, for suppliers' campaigns, the retailer's approver's.
    func checkMayHalt(_ campaign: Campaign) throws {
        guard campaign.supplier == supplier || mayTouchSuppliers else { throw Refusal.notOwner }
    }
}

/// A campaign's state does not know what was asked.
struct WrongState: Refusal {
    let action: CampaignAction
    let state: CampaignState

    var problem: Problem {
        Problem(
            409, "wrong_state", "The thing's state does not allow this.",
            detail: "\(action.rawValue): the campaign is \(state.rawValue).")
    }
}

extension Campaign {
    /// The state after an action, or the refusal.
    func state(after action: CampaignAction) throws -> CampaignState {
        guard let next = state.after(action) else { throw WrongState(action: action, state: state) }
        return next
    }
}
