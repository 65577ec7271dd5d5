import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

enum ChangeKind: IDKind { static let prefix = "change" }
typealias ChangeID = TypedID<ChangeKind>

/// Another budget, another end, other products or another audience, wanted for a launched campaign. Within what was approved it is
/// applied at once; else a person of the retailer's decides, and the campaign goes on as it is meanwhile.
struct CampaignChange: Sendable, Hashable {
    enum State: String, CaseIterable, SQLWord {
        case proposed, applied, rejected
        /// Taken back by the owner, or replaced by the next one.
        case withdrawn
        /// The campaign was over before anybody decided.
        case lapsed
    }

    /// What stood when it was wanted, or applied, and what shall stand.
    struct Step<Value: Hashable & Sendable>: Sendable, Hashable {
        var before: Value
        let after: Value
    }

    /// The products as they are named, and how many they were and shall be.
    struct ChangedProducts: Sendable, Hashable {
        let after: ProductSelection
        var countBefore: Int64
        var resolved: [ExternalID]
    }

    struct MadeVersion: Sendable, Hashable {
        let version: Int64
        let from: BusinessDay
    }

    /// How it came to its end.
    struct Outcome: Sendable, Hashable {
        let person: PersonID?
        let comment: String
        let at: Instant
    }

    let id: ChangeID
    let campaign: CampaignID
    var state: State
    /// What the wallets put in, in minor units.
    var budget: Step<Int64>?
    var end: Step<LocalTime>?
    var products: ChangedProducts?
    var eligibility: Step<CampaignEligibility>?
    /// The version that it made, and from which business day on that is in force; nil while it waits, and where it is about
    /// neither products nor audience.
    var made: MadeVersion?
    let reason: String
    let side: CampaignSide
    let person: PersonID?
    let at: Instant
    /// Nil while it waits. Applied at once, it has no comment, and its person is the owner's.
    var outcome: Outcome?
    let asset: Asset

    /// Whether it makes a new version.
    var isAboutVersion: Bool { products != nil || eligibility != nil }
    /// The products that were approved, or wait to be; empty where it is not about them, or they are not resolved yet.
    var productIDs: [ExternalID] { products?.resolved ?? [] }
}

extension CampaignChange: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("campaign_id", campaign)
            json.field("state", word: state)
            writeSteps(to: &json)
            writeVersion(to: &json)
            json.field("reason", reason)
            json.field("by", word: side)
            json.field("proposed_at", at)
            json.field("decided_at", outcome?.at)
            json.field("comment", outcome?.comment ?? "")
        }
    }

    /// Null where it is not about that.
    private func writeVersion(to json: inout JSONWriter) {
        json.name("products")
        if let products {
            json.object { json in
                json.field("after", products.after)
                json.field("count_before", products.countBefore)
                json.field("count_after", Int64(products.resolved.count))
            }
        } else {
            json.null()
        }
        writeEligibility(to: &json)
        json.field("made_version", made?.version)
        json.field("in_force_from", made?.from)
    }

    /// As facts tell it: of products their numbers, since thousands may be named.
    func writeVersionFact(to json: inout JSONWriter) {
        json.name("products")
        if let products {
            json.object { json in
                json.field("before", products.countBefore)
                json.field("after", Int64(products.resolved.count))
            }
        } else {
            json.null()
        }
        writeEligibility(to: &json)
        json.field("in_force_from", made?.from)
    }

    private func writeEligibility(to json: inout JSONWriter) {
        json.name("eligibility")
        if let eligibility {
            json.object { json in
                json.field("before", eligibility.before)
                json.field("after", eligibility.after)
            }
        } else {
            json.null()
        }
    }

    /// Null where it is not about that.
    func writeSteps(to json: inout JSONWriter) {
        let money = { (minor: Int64) in Money(minor: minor, asset: asset) }
        json.name("budget")
        if let budget {
            json.object { json in
                json.field("before", money(budget.before))
                json.field("after", money(budget.after))
            }
        } else {
            json.null()
        }
        json.name("ends_at")
        if let end {
            json.object { json in
                json.field("before", end.before)
                json.field("after", end.after)
            }
        } else {
            json.null()
        }
    }
}
