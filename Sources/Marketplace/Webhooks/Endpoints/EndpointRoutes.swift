package import HTTPSupport
import HTTPTypes
import Kernel
import Parties
package import Postgres
import Tenancy

/// A retailer's and each supplier's own endpoints. Secrets are in the answers to create and rotate, and nowhere else:
/// those two take no Idempotency-Key, since a remembered answer would be a stored secret.
///
/// POST   .../endpoints                                    create
/// GET    .../endpoints                                    list
/// GET    .../endpoints/{endpoint_id}                      one
/// PATCH  .../endpoints/{endpoint_id}                      edit
/// DELETE .../endpoints/{endpoint_id}                      remove
/// POST   .../endpoints/{endpoint_id}/rotate-secret        a new secret; both sign for a day
/// POST   .../endpoints/{endpoint_id}/test                 send a trial event
/// POST   .../endpoints/{endpoint_id}/pause, /resume       stop and go
package struct EndpointRoutes: Sendable {
    static let path = "/v1/retailers/{retailer_id}/endpoints"
    static let access: Access = .platform | .retailer(.admin) | .supplier(.admin)

    private let database: Database
    private let settings: WebhookSettings

    package init(_ database: Database, _ settings: WebhookSettings) {
        self.database = database
        self.settings = settings
    }

    package var routes: [Route] {
        let one = Self.path + "/{endpoint_id}"
        let access = Self.access
        return [
            Route(.post, Self.path, "createEndpoint", access: access, handle: create),
            Route(.get, Self.path, "listEndpoints", access: access, handle: list),
            Route(.get, one, "getEndpoint", access: access, handle: show),
            Route(.patch, one, "changeEndpoint", access: access, handle: change),
            Route(.delete, one, "deleteEndpoint", access: access, handle: remove),
            Route(.post, one + "/rotate-secret", "rotateEndpointSecret", access: access, handle: rotate),
            Route(.post, one + "/test", "testEndpoint", access: access, body: BodyRule.none, handle: test),
            Route(.post, one + "/pause", "pauseEndpoint", access: access, body: BodyRule.none) { call in
                try await self.flip(call, .pause)
            },
            Route(.post, one + "/resume", "resumeEndpoint", access: access, body: BodyRule.none) { call in
                try await self.flip(call, .resume)
            },
        ]
    }

    private func create(_ call: Call) async throws -> Reply {
        let command = try call.json { try CreateEndpoint($0, call, settings.policy) }
        let box = settings.secretBox
        return try await call.write(database) { tx in
            let made = try command.run(in: tx, by: Author(call), box)
            return .created(made, at: "\(call.path)/\(made.endpoint.id)").tagged(made.endpoint)
        }
    }

    private func list(_ call: Call) async throws -> Reply {
        let (retailer, owner) = (try call.retailerID(), call.endpointOwner)
        let page = try call.query(PageRequest.init)
        let after = try page.id(EndpointID.self)
        let endpoints = try await database.read(as: call.scope) { tx in
            try tx.endpoints(of: owner, at: retailer, after: after, limit: page.limit + 1)
        }
        return .json(Page(endpoints, page) { "\($0.id)" })
    }

    private func show(_ call: Call) async throws -> Reply {
        let target = try EndpointTarget(call)
        let endpoint = try await database.read(as: call.scope) { tx in try tx.endpoint(target) }
        return .json(endpoint).tagged(endpoint)
    }

    private func change(_ call: Call) async throws -> Reply {
        let command = try call.json { try ChangeEndpoint($0, call, settings.policy) }
        let box = settings.secretBox
        return try await call.write(database) { tx in
            let endpoint = try command.run(in: tx, by: Author(call), box)
            return .json(endpoint).tagged(endpoint)
        }
    }

    private func remove(_ call: Call) async throws -> Reply {
        let command = SwitchEndpoint(target: try EndpointTarget(call), change: .delete)
        return try await call.write(database) { tx in
            try command.run(in: tx, by: Author(call))
            return .noContent
        }
    }

    private func rotate(_ call: Call) async throws -> Reply {
        let command = try call.json { try RotateSecret($0, call) }
        let box = settings.secretBox
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call), box)) }
    }

    private func test(_ call: Call) async throws -> Reply {
        let command = TestEndpoint(target: try EndpointTarget(call))
        return try await call.write(database) { tx in .json(try command.run(in: tx, by: Author(call)), status: .accepted) }
    }

    private func flip(_ call: Call, _ change: SwitchEndpoint.Change) async throws -> Reply {
        let command = SwitchEndpoint(target: try EndpointTarget(call), change: change)
        return try await call.write(database) { tx in
            let endpoint = try command.run(in: tx, by: Author(call))
            return .json(endpoint).tagged(endpoint)
        }
    }
}

extension Reply {
    fileprivate func tagged(_ endpoint: Endpoint) -> Reply {
        var reply = self
        reply.headers[.eTag] = endpoint.etag
        return reply
    }
}
