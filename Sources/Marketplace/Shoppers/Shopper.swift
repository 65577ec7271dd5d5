package import HTTPSupport
package import JSONText
package import Kernel
import Postgres

/// The internal number of a shopper, dense within its retailer from 1 on, so that it also numbers bits. It is never shown
/// outside, and what is paid never names it (DOMAIN 9).
package typealias ShopperKey = Int64

package enum ShopperKind: String, CaseIterable, SQLWord {
    case person
    /// All others stay out of audiences, RFM, forecast and lift unless policy says so.
    case employee, business, shared, test
}

package enum Adulthood: String, CaseIterable, SQLWord {
    case yes, unknown
}

/// What the retailer says of one shopper. There is nothing else: no names, phones or e-mails.
package struct ShopperFlags: Sendable, Hashable {
    package var kind: ShopperKind
    /// Whether offers may be chosen by what the shopper buys; nil means as the retailer's policy has it.
    package var personalOffers: Bool?
    /// Whether offers may be pushed.
    package var push: Bool
    package var adult: Adulthood

    package init(
        kind: ShopperKind = .person, personalOffers: Bool? = nil, push: Bool = true, adult: Adulthood = .unknown
    ) {
        self.kind = kind
        self.personalOffers = personalOffers
        self.push = push
        self.adult = adult
    }

    init(_ fields: Fields) {
        kind = fields.wordIfPresent("kind") ?? .person
        personalOffers = fields.boolIfPresent("personal_offers")
        push = fields.boolIfPresent("push") ?? true
        adult = fields.wordIfPresent("adult") ?? .unknown
    }

    /// Of two shoppers that turn out to be one: who said no once has said no, who proved an age keeps it, and the one that
    /// stays keeps its kind.
    package func merging(_ other: ShopperFlags) -> ShopperFlags {
        ShopperFlags(
            kind: kind,
            personalOffers: [personalOffers, other.personalOffers].contains(false)
                ? false : personalOffers ?? other.personalOffers,
            push: push && other.push, adult: adult == .yes || other.adult == .yes ? .yes : .unknown)
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("kind", word: kind)
        json.field("personal_offers", personalOffers)
        json.field("push", push)
        json.field("adult", word: adult)
    }
}

/// A shopper by one of the retailer's ids (a card, an app account), as the retailer loads it.
package struct Shopper: Sendable, Hashable {
    package let id: ExternalID
    package let flags: ShopperFlags

    package init(id: ExternalID, flags: ShopperFlags = ShopperFlags()) {
        self.id = id
        self.flags = flags
    }

    package init(_ fields: Fields, inPath path: ExternalID? = nil) {
        id = fields.ownID("shopper_id", inPath: path)
        flags = ShopperFlags(fields)
    }

    package static let csvColumns = [
        CSVColumn("shopper_id"), CSVColumn("kind"), CSVColumn("personal_offers", .flag), CSVColumn("push", .flag),
        CSVColumn("adult"),
    ]
}

/// A shopper as it stands: its flags, every id that leads to it, and the lists it is on. Its key stays inside.
package struct StoredShopper: Sendable, Hashable {
    package let key: ShopperKey
    /// The id by which it was asked for.
    package let id: ExternalID
    package let flags: ShopperFlags
    /// Every id of it, sorted.
    package let ids: [ExternalID]
    /// Sorted.
    package let tags: [String]
    package let createdAt: Instant
}

extension StoredShopper: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("shopper_id", id)
            flags.writeMembers(to: &json)
            json.field("shopper_ids", ids)
            json.field("tags", tags)
            json.field("created_at", createdAt)
        }
    }
}

/// What the audit keeps of a shopper: no id of the retailer's, so that erasure has nothing to look for there.
struct AuditedShopper: JSONWritable {
    let key: ShopperKey
    let flags: ShopperFlags

    init(_ shopper: StoredShopper) {
        key = shopper.key
        flags = shopper.flags
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("shopper_key", key)
            flags.writeMembers(to: &json)
        }
    }
}
