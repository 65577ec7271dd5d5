import EventLog
import HTTPSupport
import Kernel
import Postgres
import Tenancy

/// What a side says to an auditor of an agreement. Each is a person's: services never confirm.
enum GrantRefusal: Refusal {
    case over, grantedBefore, samePerson, notByBoth, issuedBefore

    var problem: Problem {
        switch self {
        case .over: Problem(409, "grant_over", "The grant has expired or was revoked: ask for another.")
        case .grantedBefore: Problem(409, "already_granted", "This side has granted it before.")
        case .samePerson: Problem(403, "four_eyes", "A person of both sides grants for one of them only.")
        case .notByBoth: Problem(409, "not_granted_by_both", "Both sides must grant before there is a key.")
        case .issuedBefore: Problem(409, "key_issued", "The key was made before: revoke the grant and ask for another.")
        }
    }
}

/// One side asks for an auditor, and so grants for itself.
struct AskForAuditor: Sendable {
    let retailer: RetailerID
    let agreement: AgreementID
    let name: String
    let reason: String
    let days: Int64

    init(_ fields: Fields, of agreement: AgreementID, at retailer: RetailerID) {
        self.retailer = retailer
        self.agreement = agreement
        name = fields.string("name", max: 200)
        reason = fields.string("reason", max: Audit.reasonCharactersMax, multiline: true)
        days = fields.integerIfPresent("days", in: 1...AuditorGrant.daysMax) ?? AuditorGrant.daysUsual
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> AuditorGrant {
        let found = try tx.agreement(agreement, of: retailer, supplier: author.principal.supplierID)
        guard let found, found.state != .draft else { throw Problem.notFound("agreement") }
        guard let person = author.principal.person else { throw InvitePerson.Refusal.personNeeded }
        let now = author.world.now()
        var grant = AuditorGrant(
            id: author.world.newID(), agreement: agreement, supplier: found.supplier, name: name, reason: reason,
            createdAt: now, expiresAt: now.adding(seconds: days * KeyLifetime.secondsADay), byRetailer: nil, bySupplier: nil,
            key: nil, revokedAt: nil)
        grant[author.principal.side] = AuditorGrant.Consent(person: person, at: now)
        try tx.insert(grant, at: retailer)
        try tx.audit(author, "auditor.asked", about: EventSubject(grant.id), reason: reason, after: grant)
        return grant
    }
}

/// The other side grants too.
struct GrantAuditor: Sendable {
    let retailer: RetailerID
    let id: AuditorGrantID

    func run(in tx: borrowing Transaction, by author: Author) throws -> AuditorGrant {
        guard var grant = try tx.lockGrant(id, at: retailer) else { throw Problem.notFound("auditor_grant") }
        guard let person = author.principal.person else { throw InvitePerson.Refusal.personNeeded }
        guard !grant.isOver(at: author.world.now()) else { throw GrantRefusal.over }
        let side = author.principal.side
        guard grant[side] == nil else { throw GrantRefusal.grantedBefore }
        guard grant.byRetailer?.person != person, grant.bySupplier?.person != person else { throw GrantRefusal.samePerson }
        let before = grant
        grant[side] = AuditorGrant.Consent(person: person, at: author.world.now())
        try tx.update(grant, at: retailer)
        try tx.audit(author, "auditor.granted", about: EventSubject(id), before: before, after: grant)
        return grant
    }
}

/// The retailer makes the auditor's key, once, and hands it over. It lives as long as the grant.
struct IssueAuditorKey: Sendable {
    let retailer: RetailerID
    let id: AuditorGrantID

    func run(in tx: borrowing Transaction, by author: Author, _ environment: KeyToken.Environment) throws -> IssuedKey {
        guard var grant = try tx.lockGrant(id, at: retailer) else { throw Problem.notFound("auditor_grant") }
        try author.principal.checkHoldsKey()
        guard author.principal.person != nil else { throw InvitePerson.Refusal.personNeeded }
        guard !grant.isOver(at: author.world.now()) else { throw GrantRefusal.over }
        guard grant.byRetailer != nil, grant.bySupplier != nil else { throw GrantRefusal.notByBoth }
        guard grant.key == nil else { throw GrantRefusal.issuedBefore }
        let before = grant
        let token = KeyToken(environment, in: author.world)
        let key = APIKey(
            id: token.id, organisationKind: "auditor", organisationID: id.value, person: nil, name: grant.name,
            roles: ["auditor"], stores: nil, createdAt: author.world.now(), expiresAt: grant.expiresAt, revokedAt: nil,
            lastUsedAt: nil, replacedBy: nil)
        grant.key = key.id
        let issued = IssuedKey(key: key, token: token)
        try tx.insert(issued, by: author.principal.key)
        try tx.update(grant, at: retailer)
        try tx.audit(author, "auditor.key_issued", about: EventSubject(id), before: before, after: grant)
        return issued
    }
}

/// Either side ends it, with the key. Ending it again changes nothing.
struct RevokeAuditor: Sendable {
    let retailer: RetailerID
    let id: AuditorGrantID

    func run(in tx: borrowing Transaction, by author: Author) throws {
        guard var grant = try tx.lockGrant(id, at: retailer) else { throw Problem.notFound("auditor_grant") }
        guard grant.revokedAt == nil else { return }
        let before = grant
        grant.revokedAt = author.world.now()
        try tx.update(grant, at: retailer)
        if let key = grant.key { try tx.revokeKey(key, at: author.world.now()) }
        try tx.audit(author, "auditor.revoked", about: EventSubject(id), before: before, after: grant)
    }
}

extension Principal {
    fileprivate var side: AuditorGrant.Side { supplierID == nil ? .retailer : .supplier }
}
