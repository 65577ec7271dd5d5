import EventLog
package import JSONText
package import Kernel

package enum AgreementKind: IDKind { package static let prefix = "agreement" }
package typealias AgreementID = TypedID<AgreementKind>

/// The contract that lets one supplier run campaigns at one retailer (DOMAIN 5). Its terms read as its own members:
/// `agreement.scope`, `agreement.depthMax`.
@dynamicMemberLookup package struct Agreement: Sendable, Hashable {
    package let id: AgreementID
    package let retailer: RetailerID
    package let supplier: SupplierID
    /// The retailer's currency, in which its limits and caps are.
    package let asset: Asset
    package var state: AgreementState
    package var terms: AgreementTerms
    /// Rises with every change.
    package var version: Int64
    package let createdAt: Instant
    package var updatedAt: Instant

    package subscript<Value>(dynamicMember member: KeyPath<AgreementTerms, Value>) -> Value { terms[keyPath: member] }

    /// Whether campaigns may run under it on a business day.
    package func isInForce(on day: BusinessDay) -> Bool {
        state == .active && terms.startsOn <= day && day <= terms.endsOn
    }

    /// This agreement as the next version.
    func changed(at now: Instant, _ change: (inout Agreement) -> Void) -> Agreement {
        var next = self
        change(&next)
        next.version += 1
        next.updatedAt = now
        return next
    }

    func event(_ type: StaticString, reason: String? = nil) -> Event {
        Event("\(type)", about: EventSubject(id), suppliers: [supplier]) { json in
            json.field("agreement_id", id)
            json.field("supplier_id", supplier)
            json.field("state", word: state)
            json.field("version", version)
            json.field("starts_on", terms.startsOn)
            json.field("ends_on", terms.endsOn)
            json.field("reason", reason)
        }
    }
}

extension Agreement: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            writeSummary(to: &json)
            json.field("scope", terms.scope)
            json.field("auto_approval", terms.autoApproval)
            json.field("unfunded_bearers", terms.unfundedBearers)
            json.field("responsible", terms.responsible)
        }
    }

    fileprivate func writeSummary(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("retailer_id", retailer)
        json.field("supplier_id", supplier)
        json.field("name", terms.name)
        json.field("state", word: state)
        json.field("starts_on", terms.startsOn)
        json.field("ends_on", terms.endsOn)
        json.field("fee_bp", terms.fee)
        json.field("depth_max_bp", terms.depthMax)
        json.field("money_holder", word: terms.moneyHolder)
        json.field("insight_scope", word: terms.insightScope)
        json.field("version", version)
        json.field("created_at", createdAt)
        json.field("updated_at", updatedAt)
    }
}

/// An agreement without its lists, which may be long: what lists and writes answer.
struct AgreementSummary: Sendable, JSONWritable {
    let agreement: Agreement

    func write(to json: inout JSONWriter) {
        json.object { agreement.writeSummary(to: &$0) }
    }
}
