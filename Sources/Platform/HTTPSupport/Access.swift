package import Tenancy

/// Who may call a route. Everything else is refused before the handler sees it.
package struct Access: Sendable, Hashable {
    /// No key is asked for: health and the like.
    package var isOpen = false
    package var platform = false
    package var retailer: Set<RetailerRole> = []
    package var supplier: Set<SupplierRole> = []
    package var auditor = false

    package static let open = Access(isOpen: true)
    package static let platform = Access(platform: true)
    package static let auditor = Access(auditor: true)

    package static func retailer(_ roles: RetailerRole...) -> Access { Access(retailer: Set(roles)) }

    package static func supplier(_ roles: SupplierRole...) -> Access { Access(supplier: Set(roles)) }

    package static let anyRetailerRole = Access(retailer: Set(RetailerRole.allCases))
    package static let anySupplierRole = Access(supplier: Set(SupplierRole.allCases))

    /// Either of two.
    package static func | (left: Access, right: Access) -> Access {
        Access(
            isOpen: left.isOpen || right.isOpen, platform: left.platform || right.platform,
            retailer: left.retailer.union(right.retailer), supplier: left.supplier.union(right.supplier),
            auditor: left.auditor || right.auditor)
    }

    func allows(_ organisation: Organisation) -> Bool {
        switch organisation {
        case .platform: platform
        case .retailer(_, let roles): !retailer.isDisjoint(with: roles)
        case .supplier(_, let roles): !supplier.isDisjoint(with: roles)
        case .auditor: auditor
        }
    }

    /// The names of the contract's `x-roles`: `platform.admin`, `retailer.till`, ...
    package var names: [String] {
        ((platform ? ["platform.admin"] : []) + (auditor ? ["auditor"] : []) + retailer.map { "retailer.\($0.rawValue)" }
            + supplier.map { "supplier.\($0.rawValue)" }).sorted()
    }
}
