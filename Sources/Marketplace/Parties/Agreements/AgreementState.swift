import Postgres

/// Where an agreement stands (DOMAIN 5). Only a draft is edited, only an active one carries campaigns.
package enum AgreementState: String, CaseIterable, SQLWord {
    case draft, signed, active, suspended, ended

    /// The state after a transition; nil where this state does not know it. An ended agreement stays ended.
    package func after(_ transition: AgreementTransition) -> AgreementState? {
        switch (self, transition) {
        case (.draft, .sign): .signed
        case (.signed, .activate): .active
        case (.active, .suspend): .suspended
        case (.suspended, .resume): .active
        case (.signed, .end), (.active, .end), (.suspended, .end): .ended
        default: nil
        }
    }
}

/// What may be done to an agreement as a whole; its name is the last part of the route's path.
package enum AgreementTransition: String, CaseIterable, Sendable {
    case sign, activate, suspend, resume, end

    /// The fact that the log tells of it.
    package var eventType: StaticString {
        switch self {
        case .sign: "agreement.signed"
        case .activate: "agreement.activated"
        case .suspend: "agreement.suspended"
        case .resume: "agreement.resumed"
        case .end: "agreement.ended"
        }
    }

    /// What stops running campaigns says why.
    var needsReason: Bool { self == .suspend || self == .end }
}
