package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// POST   /v1/retailers/{retailer_id}/invitations                     ask somebody in; the token is in this answer alone
/// GET    /v1/retailers/{retailer_id}/invitations                     list
/// DELETE /v1/retailers/{retailer_id}/invitations/{invitation_id}     take back
/// and the same under /v1/suppliers/{supplier_id}/invitations and /v1/platform/invitations;
/// POST   /v1/invitations/accept                                      come in: whoever has the token needs no key
package struct InvitationRoutes: Sendable {
    private let database: Database
    private let environment: KeyToken.Environment

    package init(_ database: Database, _ environment: KeyToken.Environment) {
        self.database = database
        self.environment = environment
    }

    package var routes: [Route] {
        routes(under: "/v1/retailers/{retailer_id}/invitations", "Retailer", .platform | .retailer(.admin)) { call in
            .retailer(try call.retailerID())
        }
            + routes(under: "/v1/suppliers/{supplier_id}/invitations", "Supplier", .platform | .supplier(.admin)) { call in
                .supplier(try call.id("supplier_id"))
            }
            + routes(under: "/v1/platform/invitations", "Platform", .platform) { _ in .platform }
            + [Route(.post, "/v1/invitations/accept", "acceptInvitation", access: .open, handle: accept)]
    }

    private func routes(
        under path: String, _ name: String, _ access: Access, owner: @escaping @Sendable (Call) throws -> KeyOwner
    ) -> [Route] {
        [
            Route(.post, path, "invite\(name)Person", access: access) { call in try await invite(call, owner(call)) },
            Route(.get, path, "list\(name)Invitations", access: access) { call in try await list(call, owner(call)) },
            Route(.delete, path + "/{invitation_id}", "revoke\(name)Invitation", access: access) { call in
                try await revoke(call, owner(call))
            },
        ]
    }

    /// Takes no Idempotency-Key: a remembered answer would be a stored secret.
    private func invite(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let command = try call.json { InvitePerson($0, to: owner) }
        return try await call.write(database, as: call.organisationScope) { [environment] tx in
            let issued = try command.run(in: tx, by: Author(call, at: owner), environment)
            return .created(issued, at: "\(call.path)/\(issued.invitation.id)")
        }
    }

    private func list(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let (page, isOpen) = try call.query { (PageRequest($0), $0.boolIfPresent("open")) }
        let after = try page.id(InvitationID.self)
        let invitations = try await database.read(as: call.organisationScope) { tx in
            try tx.invitations(
                to: owner.organisation, isOpen: isOpen, at: call.world.now(), after: after, limit: page.limit + 1)
        }
        return .json(Page(invitations, page) { "\($0.id)" })
    }

    private func revoke(_ call: Call, _ owner: KeyOwner) async throws -> Reply {
        let command = RevokeInvitation(id: try call.id("invitation_id"), organisation: owner.organisation)
        return try await call.write(database, as: call.organisationScope) { tx in
            try command.run(in: tx, by: Author(call, at: owner))
            return .noContent
        }
    }

    /// As the platform, which alone writes people; the token is what lets the caller in.
    private func accept(_ call: Call) async throws -> Reply {
        let (text, key) = try call.json { fields in
            (fields.string("token", max: 200), fields.stringIfPresent("key", max: 200))
        }
        guard let token = InvitationToken(text, in: environment) else { throw AcceptInvitation.Refusal.unknown }
        let proof = try key.map { text in
            guard let key = KeyToken(text, in: environment) else { throw AcceptInvitation.Refusal.badKey }
            return key
        }
        let command = AcceptInvitation(token: token, key: proof, environment: environment)
        let accepted = try await database.transaction(as: .platform) { tx in
            try command.run(in: tx, requestID: call.requestID, in: call.world)
        }
        return .json(accepted, status: .created)
    }
}
