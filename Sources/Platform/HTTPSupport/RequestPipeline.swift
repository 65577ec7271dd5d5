import HTTPTypes
import Hummingbird
package import Kernel
import Logging
import NIOCore
import Postgres
import Synchronization
import Tenancy

/// The way of every request: bounds, who calls, may they, the body, the handler; then one place that turns whatever was
/// thrown into a problem, and one that counts and logs.
package final class RequestPipeline: Sendable {
    private let limits: Limits
    private let limiter: RateLimiter
    private let trials: KeyTrials
    private let places: Places
    private let world: OutsideWorld
    private let telemetry: RequestTelemetry
    private let crossOrigin: CrossOrigin
    private let isStopping: @Sendable () -> Bool
    private let running = Atomic<Int>(0)
    /// The connections over which requests come.
    package let connections: ConnectionTable

    package init(
        limits: Limits, world: OutsideWorld, telemetry: RequestTelemetry, crossOrigin: CrossOrigin = .off,
        authenticate: @escaping Authenticate, isStopping: @escaping @Sendable () -> Bool = { false }
    ) {
        self.limits = limits
        limiter = RateLimiter(limits)
        trials = KeyTrials(limits, limiter, authenticate)
        places = Places(limits)
        connections = ConnectionTable(limits)
        self.world = world
        self.telemetry = telemetry
        self.crossOrigin = crossOrigin
        self.isStopping = isStopping
    }

    /// Requests at work right now.
    package var requestsRunning: Int { running.load(ordering: .relaxed) }

    func respond(_ route: Route, _ request: Request, _ context: ClientContext) async -> Response {
        let deadline = ContinuousClock.now + .seconds(limits.secondsMax(of: route.kind))
        return await Deadline.$current.withValue(deadline) {
            await respond(to: request, as: route.operation) { requestID, admitted in
                try await self.answer(route, request, context, requestID, &admitted)
            }
        }
    }

    /// What no route takes. `methods` are those that the path takes, none where there is no such path.
    func respond(to request: Request, allowing methods: [HTTPRequest.Method]) async -> Response {
        if let reply = crossOrigin.preflight(request.method, request.headers, methods) {
            return await respond(to: request, as: "preflight") { _, _ in reply }
        }
        var response = await respond(to: request, as: "none") { _, _ in
            guard methods.isEmpty else {
                throw Problem(405, "method_not_allowed", "The path is known, but not with this method.")
            }
            throw Problem(404, "no_such_route", "There is no such operation.")
        }
        if !methods.isEmpty { response.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ") }
        return response
    }

    private func respond(
        to request: Request, as operation: String, _ answer: (String, inout Admitted) async throws -> Reply
    ) async -> Response {
        let start = ContinuousClock.now
        let requestID = RequestID.of(request.headers, otherwise: world.random())
        var admitted = Admitted()
        var outcome = RequestTelemetry.Outcome.init(
            operation: operation, method: request.method, status: 0, elapsed: .zero, requestID: requestID)
        var reply: Reply
        do {
            reply = try await counted {
                try checkURI(request)
                return try await answer(requestID, &admitted)
            }
        } catch {
            let problem = self.problem(of: error)
            if problem.status == 500 { outcome.fault = error }
            outcome.problemCode = problem.code
            reply = .problem(problem, requestID: requestID)
        }
        reply.headers[RequestID.header] = requestID
        admitted.verdict?.add(to: &reply.headers)
        crossOrigin.stamp(&reply.headers, for: request.headers)
        if isStopping() { reply.headers[.connection] = "close" }
        outcome = .init(
            operation: outcome.operation, method: request.method, status: reply.status.code, elapsed: .now - start,
            requestID: requestID, caller: admitted.caller.map { "\($0.key)" }, fault: outcome.fault,
            problemCode: outcome.problemCode)
        telemetry.record(outcome)
        return reply.response
    }

    private func checkURI(_ request: Request) throws {
        guard request.uri.description.utf8.count <= limits.uriBytesMax else {
            throw Problem(414, "uri_too_long", "The address is too long.", detail: "At most \(limits.uriBytesMax) bytes.")
        }
    }

    private func counted(_ work: () async throws -> Reply) async throws -> Reply {
        let (_, now) = running.add(1, ordering: .relaxed)
        defer { running.subtract(1, ordering: .relaxed) }
        guard now <= limits.requestsMax else {
            throw Problem(503, "overloaded", "Too many requests are at work.", retryAfterSeconds: 1)
        }
        return try await work()
    }

    private func answer(
        _ route: Route, _ request: Request, _ context: ClientContext, _ requestID: String, _ admitted: inout Admitted
    ) async throws -> Reply {
        let encoded = Dictionary(
            context.parameters.map { (String($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        let (principal, scope) = try await admit(route, request.headers, context, encoded.mapValues(String.init), &admitted)
        let parameters = try decoded(encoded)
        let body = try await self.body(route.body, of: request)
        let call = Call(
            method: request.method, path: request.uri.path, headers: request.headers, parameters: parameters,
            queryItems: request.uri.queryParameters.map { (String($0.key), String($0.value)) }, principal: principal,
            scope: scope,
            idempotency: route.idempotency, requestID: requestID, world: world, body: body,
            jsonLimits: limits.json, stream: { if case .stream = route.body { request.body } else { nil } }())
        var reply = try await route.handle(call)
        reply.hold(admitted.place)
        return reply
    }

    private func decoded(_ parameters: [String: Substring]) throws -> [String: String] {
        var decoded: [String: String] = [:]
        for (name, part) in parameters {
            guard let text = PercentEncoding.decode(part) else {
                throw Problem.invalid([
                    FieldProblem(pointer: "{\(name)}", code: "bad_encoding", detail: "Is not percent-encoded UTF-8.")
                ])
            }
            decoded[name] = text
        }
        return decoded
    }

    private func admit(
        _ route: Route, _ headers: HTTPFields, _ context: ClientContext, _ parameters: [String: String],
        _ admitted: inout Admitted
    ) async throws -> (Principal, Scope) {
        if route.access.isOpen {
            if case .json = route.body, route.method != .get { admitted.place = try admitStranger(context.address) }
            return (Principal.nobody, .authentication)
        }
        let retailer: RetailerID? = try tenant("retailer_id", parameters)
        let supplier: SupplierID? = try tenant("supplier_id", parameters)
        let now = world.uptimeNanos()
        let principal = try await trials.principal(
            try Credentials.token(in: headers), at: retailer, from: context.address, at: now)
        admitted.caller = principal
        let verdict = limiter.take(for: principal, route.kind, at: now)
        admitted.verdict = verdict
        if let refusal = verdict.refusal { throw refusal }
        admitted.place = try places.enter(principal.organisation.id, route.kind)
        guard route.access.allows(principal.organisation) else {
            throw Problem(403, "role_not_allowed", "The key's roles do not allow this.")
        }
        return (principal, try Scope.of(principal, retailer: retailer, supplier: supplier))
    }

    /// Who sends a body without a key has few places, and takes a token of its address: it costs no caller with a key anything.
    private func admitStranger(_ address: Identifier) throws -> Places.Place {
        let state = limiter.takeOpen(from: address, at: world.uptimeNanos())
        guard state.isAllowed else {
            throw Problem.rateLimited(
                "This address has no operation without a key left for now.", retryAfterSeconds: state.retryAfterSeconds)
        }
        return try places.enterOpen()
    }

    private func tenant<Kind>(_ name: String, _ parameters: [String: String]) throws -> TypedID<Kind>? {
        guard let text = parameters[name] else { return nil }
        guard let id = TypedID<Kind>(text) else { throw Problem.notFound(Kind.prefix) }
        return id
    }

    private func body(_ rule: BodyRule, of request: Request) async throws -> [UInt8] {
        guard case .json = rule else { return [] }
        guard request.headers[.contentType].map({ $0.lowercased().hasPrefix("application/json") }) ?? false else {
            throw Problem(415, "unsupported_media_type", "The body must be application/json.")
        }
        let (seconds, bytesMax) = (limits.bodySecondsMax, limits.jsonBodyBytesMax)
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { Array(buffer: try await request.body.collect(upTo: bytesMax)) }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw Problem(408, "body_too_slow", "The body did not arrive in time.")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    private func problem(of error: any Error) -> Problem {
        switch error {
        case let refusal as any Refusal: refusal.problem
        case let error as DatabaseError: Problem(error)
        case is NIOTooManyBytesError: Problem(413, "body_too_large", "The body is larger than this operation takes.")
        default: .internalFault
        }
    }
}

extension Principal {
    /// Who calls an open route.
    fileprivate static let nobody = Principal(
        key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform)
}

/// What is known of a request that was let in, for its answer and the log.
private struct Admitted {
    /// Nil where nobody was asked for a key.
    var caller: Principal?
    var verdict: RateVerdict?
    var place: Places.Place?
}

/// The id under which a request is logged: the caller's, where it sends a clean one, else ours.
enum RequestID {
    static let header = HTTPField.Name("X-Request-Id")!
    static let charactersMax = 128

    static func of(_ headers: HTTPFields, otherwise random: UInt64) -> String {
        if let given = headers[header], (1...charactersMax).contains(given.utf8.count),
            given.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        {
            return given
        }
        return "req_" + String(random, radix: 32)
    }
}
