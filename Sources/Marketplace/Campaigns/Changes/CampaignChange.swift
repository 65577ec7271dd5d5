import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

enum ChangeKind: IDKind { static let prefix = "change" }
typealias ChangeID = TypedID<ChangeKind>

/// Another budget or another end, wanted for a launched campaign. Within what was approved it is applied at once; else a person
/// of the retailer's decides, and the campaign goes on as it is meanwhile.
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
    let reason: String
    let side: CampaignSide
    let person: PersonID?
    let at: Instant
    /// Nil while it waits. Applied at once, it has no comment, and its person is the owner's.
    var outcome: Outcome?
    let asset: Asset
}

extension CampaignChange: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("campaign_id", campaign)
            json.field("state", word: state)
            writeSteps(to: &json)
            json.field("reason", reason)
            json.field("by", word: side)
            json.field("proposed_at", at)
            json.field("decided_at", outcome?.at)
            json.field("comment", outcome?.comment ?? "")
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
