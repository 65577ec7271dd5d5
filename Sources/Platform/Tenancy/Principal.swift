package import Kernel

package enum KeyKind: IDKind { package static let prefix = "key" }
package enum SessionKind: IDKind { package static let prefix = "session" }
package enum PersonKind: IDKind { package static let prefix = "person" }

/// An API key's public part.
package typealias KeyID = TypedID<KeyKind>

/// A person at work in a browser, by the grace of one of its keys.
package typealias SessionID = TypedID<SessionKind>

/// A human being of an organisation: confirmations compare persons, not keys.
package typealias PersonID = TypedID<PersonKind>

/// Who sent a request: the key, the person behind it where there is one (else it is a service's), and for whom it acts.
package struct Principal: Sendable, Hashable {
    package let key: KeyID
    package let person: PersonID?
    package let organisation: Organisation
    /// The stores that the key is bound to; nil means any.
    package let stores: [ExternalID]?
    /// Where the request came with a session's token instead of the key's own.
    package let session: SessionID?

    package init(
        key: KeyID, person: PersonID?, organisation: Organisation, stores: [ExternalID]? = nil, session: SessionID? = nil
    ) {
        self.key = key
        self.person = person
        self.organisation = organisation
        self.stores = stores
        self.session = session
    }
}

/// The organisation that a key belongs to and the roles that it carries there.
package enum Organisation: Sendable, Hashable {
    case platform
    case retailer(RetailerID, Set<RetailerRole>)
    case supplier(SupplierID, Set<SupplierRole>)
    /// Somebody from outside, whom both sides of one agreement let in.
    case auditor(AuditorMandate)

    /// The organisation's id; the platform's is all zeros.
    package var id: Identifier {
        switch self {
        case .platform: Identifier(high: 0, low: 0)
        case .retailer(let id, _): id.value
        case .supplier(let id, _): id.value
        case .auditor(let mandate): mandate.grant
        }
    }
}
