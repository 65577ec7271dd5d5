package import HTTPTypes

/// One operation of the contract: method, path, who may call it, what it takes, and the function that answers.
/// The contract (`Contracts/openapi.yaml`) names it by `operation`; a test holds the two against each other both ways.
package struct Route: Sendable {
    package let method: HTTPRequest.Method
    /// As in the contract: `/v1/retailers/{retailer_id}/wallets`.
    package let path: String
    /// The contract's operationId, lowerCamelCase.
    package let operation: String
    package let access: Access
    package let body: BodyRule
    package let idempotency: IdempotencyRule
    /// Files are bulk; the application says which of the others are hot or heavy.
    package var kind: OperationClass
    package let handle: @Sendable (Call) async throws -> Reply

    package init(
        _ method: HTTPRequest.Method, _ path: String, _ operation: String, access: Access, body: BodyRule? = nil,
        idempotency: IdempotencyRule = .none, handle: @escaping @Sendable (Call) async throws -> Reply
    ) {
        self.method = method
        self.path = path
        self.operation = operation
        self.access = access
        self.body = body ?? (method == .get || method == .delete ? .none : .json)
        self.idempotency = idempotency
        kind = if case .stream = self.body { .bulk } else { .usual }
        self.handle = handle
    }
}

/// What a route takes as its body.
package enum BodyRule: Sendable, Hashable {
    case none
    /// One JSON text of at most `Limits.jsonBodyBytesMax` bytes, read whole.
    case json
    /// A stream that the handler reads itself, of at most so many bytes on the wire.
    case stream(bytesMax: Int)
}

/// Whether a write takes an `Idempotency-Key`.
package enum IdempotencyRule: Sendable, Hashable {
    /// Reads, and writes that are idempotent by their own key.
    case none
    /// Honoured where it is sent.
    case optional
    /// 400 without it: the write moves money.
    case required
}
