import HTTPSupport
import Kernel
import Tenancy

extension Call {
    /// The platform reaches organisations, persons, agreements and keys of everybody as itself, not as a tenant.
    var organisationScope: Scope {
        if case .platform = principal.organisation { .platform } else { scope }
    }
}

extension Principal {
    /// The supplier for whom it acts; nil for the retailer's and the platform's people.
    var supplierID: SupplierID? {
        if case .supplier(let id, _) = organisation { id } else { nil }
    }
}
