import HTTPTypes
package import Kernel
package import Tenancy

/// Finds out who calls: given the bearer token of a request and the tenant in its path, the principal, or a `Problem`
/// of 401. A supplier without an agreement at that retailer gets 404, as the retailer does not exist for it.
package typealias Authenticate = @Sendable (_ token: String, _ retailer: RetailerID?) async throws -> Principal

enum Credentials {
    static func token(in headers: HTTPFields) throws -> String {
        guard let header = headers[.authorization] else { throw missing("Send Authorization: Bearer <key>.") }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw missing("Only Bearer keys are known.") }
        return String(parts[1])
    }

    private static func missing(_ detail: String) -> Problem {
        Problem(401, "unauthenticated", "A valid key is needed.", detail: detail)
    }
}

extension Scope {
    /// Whose rows a call may see, from who calls and the tenant of the path; 404 where they do not belong together.
    static func of(_ principal: Principal, retailer: RetailerID?, supplier: SupplierID?) throws -> Scope {
        switch (principal.organisation, retailer, supplier) {
        case (.platform, let retailer?, _): return .retailer(retailer)
        case (.platform, nil, _): return .platform
        case (.retailer(let own, _), let retailer?, _):
            guard own == retailer else { throw Problem.notFound("retailer") }
            return .retailer(own)
        case (.supplier(let own, _), let retailer?, _): return .supplier(own, at: retailer)
        case (.supplier(let own, _), nil, let supplier?):
            guard own == supplier else { throw Problem.notFound("supplier") }
            return .supplierHome(own)
        // Its supplier's rows: the handler narrows them to its agreement.
        case (.auditor(let mandate), let retailer?, _):
            guard mandate.retailer == retailer else { throw Problem.notFound("retailer") }
            return .supplier(mandate.supplier, at: retailer)
        case (.retailer, nil, _), (.supplier, nil, nil), (.auditor, nil, _): throw Problem.notFound("resource")
        }
    }
}
