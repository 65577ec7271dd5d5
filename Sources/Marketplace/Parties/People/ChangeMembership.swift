import EventLog
import HTTPSupport
import Kernel
import Postgres
import Tenancy

/// The platform gives a person its roles in an organisation, or takes all of them. Keys that carry a role which the
/// person does not hold any more stop working in the same transaction.
struct ChangeMembership: Sendable {
    let person: PersonID
    /// With the roles that the person holds from now on; without any it leaves.
    let organisation: Organisation
    let leaves: Bool

    static func give(_ fields: Fields, in owner: KeyOwner, to person: PersonID) -> ChangeMembership {
        ChangeMembership(person: person, organisation: owner.organisation(fields), leaves: false)
    }

    static func end(_ person: PersonID, in owner: KeyOwner) -> ChangeMembership {
        ChangeMembership(person: person, organisation: owner.organisation, leaves: true)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Membership {
        guard let person = try tx.person(person) else { throw Problem.notFound("person") }
        guard try tx.knows(organisation) else { throw Problem.notFound(organisation.kind) }
        let before = try tx.lockMembership(of: person.id, in: organisation)
        guard let after = next(person, before, at: author.world.now()) else { throw Problem.notFound("membership") }
        guard after != before else { return after }
        try tx.put(after)
        try revokeKeys(beyond: leaves ? [] : after.roles, in: tx, by: author)
        try tx.audit(
            author, leaves ? "membership.ended" : "membership.given", about: EventSubject(person.id), before: before, after: after
        )
        return after
    }

    /// Nil where somebody leaves who never was there.
    private func next(_ person: Person, _ before: Membership?, at now: Instant) -> Membership? {
        guard var after = before else {
            guard !leaves else { return nil }
            return Membership(
                person: person, organisationKind: organisation.kind, organisationID: organisation.id,
                roles: organisation.roleNames, createdAt: now, endedAt: nil)
        }
        if leaves {
            after.endedAt = after.endedAt ?? now
        } else {
            after.roles = organisation.roleNames
            after.endedAt = nil
        }
        return after
    }

    private func revokeKeys(beyond roles: [String], in tx: borrowing Transaction, by author: Author) throws {
        for key in try tx.revokeKeys(of: person, in: organisation, beyond: roles, at: author.world.now()) {
            try tx.audit(author, "key.revoked", about: EventSubject(key), reason: "The person does not hold its roles any more.")
        }
        guard !roles.contains("admin") else { return }
        for invitation in try tx.revokeInvitations(by: person, in: organisation, at: author.world.now()) {
            try tx.audit(
                author, "invitation.revoked", about: EventSubject(invitation), reason: "Who invited is no admin any more.")
        }
    }
}
