import EventLog
import HTTPSupport
import Kernel
import Postgres
import Tenancy

/// Whoever holds an invitation's token comes in: as a new person, or as the person whose key it shows, who then works for
/// one organisation more. It gets a key of its own there. The token is worth nothing afterwards.
struct AcceptInvitation: Sendable {
    let token: InvitationToken
    /// Proves who accepts; nil: a new person.
    let key: KeyToken?
    let environment: KeyToken.Environment

    enum Refusal: Kernel.Refusal {
        case unknown, accepted, ended, badKey, anotherPersons

        var problem: Problem {
            switch self {
            case .unknown: Problem(404, "not_found", "There is no such thing here.", detail: "No such invitation.")
            case .accepted: Problem(409, "invitation_accepted", "The invitation was accepted before.")
            case .ended: Problem(409, "invitation_ended", "The invitation has expired or was revoked: ask for another.")
            case .badKey:
                .invalid([FieldProblem(pointer: "/key", code: "not_a_persons_key", detail: "Must be a valid key of a person.")])
            case .anotherPersons:
                Problem(403, "another_persons_invitation", "The invitation is for a person who must prove who it is with a key.")
            }
        }
    }

    func run(in tx: borrowing Transaction, requestID: String, in world: OutsideWorld) throws -> AcceptedInvitation {
        let now = world.now()
        guard let (found, hash) = try tx.lockInvitation(token.id), token.matches(hash) else { throw Refusal.unknown }
        guard found.acceptedAt == nil else { throw Refusal.accepted }
        guard found.isOpen(at: now) else { throw Refusal.ended }
        let proven = try key.map { try prove($0, in: tx, at: now) }
        guard found.person == nil || found.person == proven?.id else { throw Refusal.anotherPersons }
        let person =
            proven ?? Person(id: world.newID(), displayName: found.displayName, externalID: nil, createdAt: now)
        if proven == nil { try tx.insert(person) }
        return try join(person, isNew: proven == nil, found, in: tx, requestID, world)
    }

    /// Confirmations compare persons: who has one already must not become a second.
    private func prove(_ key: KeyToken, in tx: borrowing Transaction, at now: Instant) throws -> Person {
        guard let (person, hash) = try tx.keyHolder(key.id, at: now), key.matches(hash) else { throw Refusal.badKey }
        return person
    }

    private func join(
        _ person: Person, isNew: Bool, _ found: Invitation, in tx: borrowing Transaction, _ requestID: String,
        _ world: OutsideWorld
    ) throws -> AcceptedInvitation {
        let owner = KeyOwner(found)
        let before = try tx.lockMembership(of: person.id, in: owner.organisation)
        let held = before.flatMap { $0.endedAt == nil ? $0.roles : nil } ?? []
        let membership = Membership(
            person: person, organisationKind: found.organisationKind, organisationID: found.organisationID,
            roles: Set(held + found.roles).sorted(), createdAt: before?.createdAt ?? world.now(), endedAt: nil)
        try tx.put(membership)
        let token = KeyToken(environment, in: world)
        let author = Author(
            principal: Principal(key: token.id, person: person.id, organisation: owner.organisation), scope: owner.scope,
            requestID: requestID, world: world)
        let issued = IssuedKey(key: try firstKey(of: person.id, token, found, at: world.now()), token: token)
        try tx.insert(issued, by: token.id)
        var after = found
        (after.acceptedAt, after.acceptedBy) = (world.now(), person.id)
        try tx.accept(after)
        try tx.audit(author, "invitation.accepted", about: EventSubject(found.id), before: found, after: after)
        if isNew { try tx.audit(author, "person.created", about: EventSubject(person.id), after: person) }
        try tx.audit(author, "membership.given", about: EventSubject(person.id), before: before, after: membership)
        try tx.audit(author, "key.issued", about: EventSubject(token.id), after: issued.key)
        return AcceptedInvitation(membership: membership, issued: issued)
    }

    /// With the roles of the invitation, not with those that the person holds besides.
    private func firstKey(
        of person: PersonID, _ token: KeyToken, _ found: Invitation, at now: Instant
    ) throws -> APIKey {
        APIKey(
            id: token.id, organisationKind: found.organisationKind, organisationID: found.organisationID, person: person,
            name: "invitation", roles: found.roles, stores: nil, createdAt: now,
            expiresAt: try KeyLifetime.end(nil, isPersons: true, now: now), revokedAt: nil, lastUsedAt: nil, replacedBy: nil)
    }
}

extension KeyOwner {
    init(_ invitation: Invitation) {
        switch invitation.organisationKind {
        case "retailer": self = .retailer(RetailerID(invitation.organisationID))
        case "supplier": self = .supplier(SupplierID(invitation.organisationID))
        default: self = .platform
        }
    }

    /// Where its audit stands.
    var scope: Scope {
        switch self {
        case .platform: .platform
        case .retailer(let id): .retailer(id)
        case .supplier(let id): .supplierHome(id)
        }
    }
}
