import HTTPSupport
import Kernel
import Postgres
import Tenancy

/// The endpoint that a request is about, as far as its caller may reach it.
struct EndpointTarget: Sendable {
    let retailer: RetailerID
    let owner: EndpointOwner
    let endpoint: EndpointID

    init(retailer: RetailerID, owner: EndpointOwner, endpoint: EndpointID) {
        self.retailer = retailer
        self.owner = owner
        self.endpoint = endpoint
    }

    init(_ call: Call) throws {
        retailer = try call.retailerID()
        owner = call.endpointOwner
        endpoint = try call.id("endpoint_id")
    }
}

extension Transaction {
    func lock(_ target: EndpointTarget) throws -> Endpoint {
        try lockEndpoint(target.endpoint, of: target.owner, at: target.retailer)
    }

    func endpoint(_ target: EndpointTarget) throws -> Endpoint {
        guard let endpoint = try endpoint(target.endpoint, of: target.owner, at: target.retailer) else {
            throw Problem.notFound("endpoint")
        }
        return endpoint
    }
}
