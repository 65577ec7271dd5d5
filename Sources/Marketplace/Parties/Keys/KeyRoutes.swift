package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// Keys of a retailer, of a supplier and of the platform: each organisation's admin issues, lists and revokes its own;
/// the platform does it for everybody.
///
/// POST   /v1/retailers/{retailer_id}/keys                     issue; the token is in this answer and never again
/// GET    /v1/retailers/{retailer_id}/keys                     list
/// POST   /v1/retailers/{retailer_id}/keys/{key_id}/rotate     another takes its place; its token is in this answer alone
/// DELETE /v1/retailers/{retailer_id}/keys/{key_id}            revoke
/// and the same under /v1/suppliers/{supplier_id}/keys and /v1/platform/keys.
package struct KeyRoutes: Sendable {
    private let database: Database
    private let environment: KeyToken.Environment

    package init(_ database: Database, _ environment: KeyToken.Environment) {
        self.database = database
        self.environment = environment
    }

    package var routes: [Route] {
        routes(under: "/v1/retailers/{retailer_id}/keys", "RetailerKey", .platform | .retailer(.admin)) { call in
            .retailer(try call.retailerID())
        }
            + routes(under: "/v1/suppliers/{supplier_id}/keys", "SupplierKey", .platform | .supplier(.admin)) { call in
                .supplier(try call.id("supplier_id"))
            }
            + routes(under: "/v1/platform/keys", "PlatformKey", .platform) { _ in .platform }
    }

    private func routes(
        under path: String, _ name: String, _ access: Access, owner: @escaping @Sendable (Call) throws -> KeyOwner
    ) -> [Route] {
        [
            Route(.post, path, "issue\(name)", access: access) { call in try await issue(call, owner(call)) },
            Route(.get, path, "list\(name)s", access: access) { call in try await list(call, owner(call)) },
            Route(.post, path + "/{key_id}/rotate", "rotate\(name)", access: access) { call in
                try await rotate(call, owner(call))
            },
            Route(.delete, path + "/{key_id}", "revoke\(name)", access: access) { call in
                try await revoke(call, owner(call))
            },
        ]
    }

    /// Takes no Idempotency-Key: a remembered answer would be a stored secret. An answer that was lost is a key to revoke.
    private func issue(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let command = try call.json { IssueKey($0, for: owner) }
        return try await call.write(database, as: call.organisationScope) { [environment] tx in
            guard try tx.knows(owner.organisation) else { throw Problem.notFound(owner.organisation.kind) }
            let issued = try command.run(in: tx, by: Author(call, at: owner), environment)
            return .created(issued, at: "\(call.path)/\(issued.key.id)")
        }
    }

    /// Without an Idempotency-Key for the same reason; a key is replaced once, so a second try changes nothing.
    private func rotate(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let id: KeyID = try call.id("key_id")
        let command = try call.json { RotateKey($0, id, of: owner) }
        return try await call.write(database, as: call.organisationScope) { [environment] tx in
            .json(try command.run(in: tx, by: Author(call, at: owner), environment), status: .created)
        }
    }

    private func list(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let (page, filter) = try call.query { (PageRequest($0), KeyFilter($0)) }
        let after = try page.id(KeyID.self)
        let keys = try await database.read(as: call.organisationScope) { tx in
            try tx.keys(of: owner.organisation, filter, at: call.world.now(), after: after, limit: page.limit + 1)
        }
        return .json(Page(keys, page) { "\($0.id)" })
    }

    private func revoke(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let command = RevokeKey(id: try call.id("key_id"), organisation: owner.organisation)
        return try await call.write(database, as: call.organisationScope) { tx in
            try command.run(in: tx, by: Author(call, at: owner))
            return .noContent
        }
    }
}
