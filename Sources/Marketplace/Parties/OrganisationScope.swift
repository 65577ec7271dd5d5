import HTTPSupport
import Kernel
import Tenancy

extension Call {
    /// The platform reaches organisations, persons, agreements and keys of everybody as itself, not as a tenant.
    var organisationScope: Scope {
        if case .platform = principal.organisation { .platform } else { scope }
    }
}

extension Author {
    /// For what is done to an organisation: what the platform does to a supplier stands in that supplier's audit.
    init(_ call: Call, at owner: KeyOwner) {
        if case .platform = call.principal.organisation, case .supplier(let id) = owner {
            self.init(
                principal: call.principal, scope: .supplierHome(id), requestID: call.requestID, world: call.world)
        } else {
            self.init(call)
        }
    }
}

extension Principal {
    /// The supplier for whom it acts; nil for the retailer's and the platform's people.
    var supplierID: SupplierID? {
        if case .supplier(let id, _) = organisation { id } else { nil }
    }
}
