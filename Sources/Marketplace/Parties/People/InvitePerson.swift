import EventLog
import HTTPSupport
import Kernel
import Postgres
import Tenancy

/// An organisation's admin asks somebody to work for it. Only a person invites: whoever comes in confirms one day, so it
/// must be known who let it in.
struct InvitePerson: Sendable {
    let organisation: Organisation
    let displayName: String
    let person: PersonID?
    let hours: Int64
    let reason: String?

    init(_ fields: Fields, to owner: KeyOwner) {
        displayName = fields.string("display_name", max: 200)
        person = fields.idIfPresent("person_id")
        hours = fields.integerIfPresent("valid_hours", in: 1...Invitation.hoursMax) ?? Invitation.hoursUsual
        reason = fields.stringIfPresent("reason", max: Audit.reasonCharactersMax, multiline: true)
        organisation = owner.organisation(fields)
    }

    enum Refusal: Kernel.Refusal {
        case personNeeded

        var problem: Problem {
            Problem(403, "person_needed", "Only the key of a person may do this, not a service's.")
        }
    }

    func run(
        in tx: borrowing Transaction, by author: Author, _ environment: KeyToken.Environment
    ) throws -> IssuedInvitation {
        try author.principal.checkHoldsKey()
        guard let inviter = author.principal.person else { throw Refusal.personNeeded }
        guard try tx.knows(organisation) else { throw Problem.notFound(organisation.kind) }
        let token = InvitationToken(environment, in: author.world)
        let now = author.world.now()
        let invitation = Invitation(
            id: token.id, organisationKind: organisation.kind, organisationID: organisation.id, displayName: displayName,
            roles: organisation.roleNames, person: person, createdAt: now, createdBy: inviter,
            expiresAt: now.adding(seconds: hours * 3600), revokedAt: nil, acceptedAt: nil, acceptedBy: nil)
        let issued = IssuedInvitation(invitation: invitation, token: token)
        do {
            try tx.insert(issued, by: author.principal.key)
        } catch let error as DatabaseError where error.violatedConstraint == "invitation_person_id_fkey" {
            // The caller may not see the person, so the table itself says whether there is one.
            throw Problem.invalid([
                FieldProblem(pointer: "/person_id", code: "unknown_person", detail: "There is no such person.")
            ])
        }
        try tx.audit(author, "invitation.created", about: EventSubject(invitation.id), reason: reason, after: invitation)
        return issued
    }
}

/// An invitation is taken back. Taking it back again changes nothing; one that was accepted stays so.
struct RevokeInvitation: Sendable {
    let id: InvitationID
    let organisation: Organisation

    func run(in tx: borrowing Transaction, by author: Author) throws {
        guard var invitation = try tx.lockInvitation(id, to: organisation) else { throw Problem.notFound("invitation") }
        guard invitation.revokedAt == nil else { return }
        guard invitation.acceptedAt == nil else { throw AcceptInvitation.Refusal.accepted }
        let before = invitation
        invitation.revokedAt = author.world.now()
        try tx.revokeInvitation(id, at: author.world.now())
        try tx.audit(author, "invitation.revoked", about: EventSubject(id), before: before, after: invitation)
    }
}
