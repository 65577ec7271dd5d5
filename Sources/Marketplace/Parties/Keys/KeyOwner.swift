import HTTPSupport
package import Kernel
import Tenancy

/// Whose keys or people a route is about.
package enum KeyOwner: Sendable {
    case platform
    case retailer(RetailerID)
    case supplier(SupplierID)

    /// Without roles: for looking up by kind and id.
    var organisation: Organisation {
        switch self {
        case .platform: .platform
        case .retailer(let id): .retailer(id, [])
        case .supplier(let id): .supplier(id, [])
        }
    }

    /// With roles as they are stored; one that this program does not know is left out.
    func organisation(holding roles: [String]) -> Organisation {
        switch self {
        case .platform: .platform
        case .retailer(let id): .retailer(id, Set(roles.compactMap(RetailerRole.init)))
        case .supplier(let id): .supplier(id, Set(roles.compactMap(SupplierRole.init)))
        }
    }

    /// With the roles of a request: at least one, of those that the organisation's kind knows. The platform has one.
    func organisation(_ fields: Fields) -> Organisation {
        let organisation: Organisation =
            switch self {
            case .platform: .platform
            case .retailer(let id): .retailer(id, Set(fields.words("roles", RetailerRole.self)))
            case .supplier(let id): .supplier(id, Set(fields.words("roles", SupplierRole.self)))
            }
        if organisation.roleNames.isEmpty { fields.refuse("roles", "bad_length", "Must name at least one role.") }
        return organisation
    }
}
