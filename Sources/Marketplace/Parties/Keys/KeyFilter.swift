import HTTPSupport
import Kernel
import Tenancy

/// Which keys are looked for; nil means any.
struct KeyFilter: Sendable {
    let state: State?
    let owner: Owner?
    let person: PersonID?
    let role: String?

    enum State: String, CaseIterable, Sendable {
        case active, expired, revoked
    }

    enum Owner: String, CaseIterable, Sendable {
        case person, service
    }

    init(_ fields: Fields) {
        state = fields.wordIfPresent("state")
        owner = fields.wordIfPresent("owner")
        person = fields.idIfPresent("person_id")
        role = fields.stringIfPresent("role", max: 32)
    }
}
