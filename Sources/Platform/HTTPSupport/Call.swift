package import HTTPTypes
package import Hummingbird
import JSONText
package import Kernel
package import Tenancy

/// One request on its way to a handler: who calls, for whom, with which parameters and body. Everything in it has been
/// authenticated, authorised and bounded.
package struct Call: Sendable {
    package let method: HTTPRequest.Method
    package let path: String
    package let headers: HTTPFields
    package let parameters: [String: String]
    package let queryItems: [(name: String, value: String)]
    package let principal: Principal
    package let scope: Scope
    package let idempotency: IdempotencyRule
    package let requestID: String
    package let world: OutsideWorld
    /// The whole body of a route that takes JSON.
    package let body: [UInt8]
    let jsonLimits: JSONLimits
    /// The body of a route that takes a stream.
    package let stream: RequestBody?

    /// A parsed path parameter; 404 where it is not of its form, as a thing with such an id cannot be.
    package func id<Kind>(_ name: String, _ kind: TypedID<Kind>.Type = TypedID<Kind>.self) throws -> TypedID<Kind> {
        guard let text = parameters[name], let id = TypedID<Kind>(text) else { throw Problem.notFound(Kind.prefix) }
        return id
    }

    /// The retailer of the path.
    package func retailerID() throws -> RetailerID { try id("retailer_id") }

    /// An id of the retailer's own, decoded once.
    package func externalID(_ name: String) throws -> ExternalID {
        do throws(ExternalID.Refusal) {
            return try ExternalID(parameters[name] ?? "")
        } catch {
            throw Problem.invalid([FieldProblem(pointer: "{\(name)}", code: error.rawValue, detail: "Not an id.")])
        }
    }

    /// The parsed body. `read` takes each field once; every bad, missing or unknown field is reported together.
    package func json<Value>(_ read: (Fields) throws -> Value) throws -> Value {
        try Fields.read(try object(), read)
    }

    /// The parsed query parameters, unknown ones refused.
    package func query<Value>(_ read: (Fields) throws -> Value) throws -> Value {
        try Fields.read(query: queryItems, read)
    }

    private func object() throws -> JSONValue {
        do throws(JSONFault) {
            return try JSONReader.parse(body, limits: jsonLimits)
        } catch {
            throw Problem(
                400, "malformed_json", "The body is not JSON.",
                detail: "The body \(error.reason.rawValue) at byte \(error.offset).")
        }
    }
}
