import HTTPSupport
package import JSONText
package import Kernel
import Postgres
package import Tenancy

/// Who holds the money of the agreement's wallet and confirms its top-ups.
package enum MoneyHolder: String, CaseIterable, SQLWord { case retailer, platform }

/// About which products a supplier may learn from profiles and reports (DOMAIN 10).
package enum InsightScope: String, CaseIterable, SQLWord {
    case ownBrands = "own_brands"
    case ownCategories = "own_categories"
    case all
}

/// The persons who answer for an agreement on either side. A supplier sees its own side only.
package struct ResponsiblePersons: Sendable, Hashable {
    package static let eachSideMax = 20

    package var retailer: Set<PersonID> = []
    package var supplier: Set<PersonID> = []

    package init() {}
}

/// What both sides agreed on. Fixed once signed; `startsOn <= endsOn`, and no auto-approval goes deeper than `depthMax`.
package struct AgreementTerms: Sendable, Hashable {
    package let name: String
    package let startsOn: BusinessDay
    package let endsOn: BusinessDay
    /// Of the supplier's share, for each redemption.
    package let fee: BasisPoints
    /// The deepest discount of a campaign, of the base price.
    package let depthMax: BasisPoints
    package let moneyHolder: MoneyHolder
    package let insightScope: InsightScope
    package let scope: AgreementScope
    /// Nil: a person of the retailer's approves every campaign.
    package let autoApproval: AutoApproval?
    package let unfundedBearers: UnfundedBearers
    package let responsible: ResponsiblePersons
}

extension AgreementTerms {
    /// Reads new terms, or an edit of old ones that names what changes; `auto_approval: null` takes it away.
    init(_ fields: Fields, over old: AgreementTerms?, in asset: Asset) {
        name = fields.edited("name", from: old?.name) { fields.string($0, max: 200) }
        startsOn = fields.edited("starts_on", from: old?.startsOn) { fields.day($0) }
        endsOn = fields.edited("ends_on", from: old?.endsOn) { fields.day($0) }
        fee = fields.edited("fee_bp", from: old?.fee) { fields.basisPoints($0) }
        depthMax = fields.edited("depth_max_bp", from: old?.depthMax) { name in
            BasisPoints(stored: Int32(fields.integer(name, in: 1...Int64(BasisPoints.whole))))
        }
        moneyHolder = fields.edited("money_holder", from: old?.moneyHolder) { fields.word($0) }
        insightScope = fields.edited("insight_scope", from: old?.insightScope) { fields.word($0) }
        scope = fields.edited("scope", from: old?.scope) { name in
            fields.object(name, otherwise: AgreementScope(), AgreementScope.init(_:))
        }
        let limits = fields.objectIfPresent("auto_approval") { AutoApproval($0, in: asset) }
        autoApproval = fields.isNull("auto_approval") ? nil : limits ?? old?.autoApproval
        unfundedBearers = fields.edited("unfunded_bearers", from: old?.unfundedBearers ?? .retailerBearsAll) { name in
            fields.object(name, otherwise: .retailerBearsAll) { UnfundedBearers($0, in: asset) }
        }
        responsible = fields.edited("responsible", from: old?.responsible ?? ResponsiblePersons()) { name in
            fields.object(name, otherwise: ResponsiblePersons(), ResponsiblePersons.init(_:))
        }
        refuseContradictions(fields, isNew: old == nil)
    }

    private func refuseContradictions(_ fields: Fields, isNew: Bool) {
        if endsOn < startsOn, !isNew || fields.has("ends_on") {
            fields.refuse("ends_on", "before_start", "Must not be before starts_on.")
        }
        if let autoApproval, depthMax < autoApproval.depthMax, !isNew || fields.has("depth_max_bp") {
            fields.refuse("auto_approval", "deeper_than_agreed", "depth_max_bp must not exceed the agreement's.")
        }
    }
}

extension ResponsiblePersons: JSONWritable {
    init(_ fields: Fields) {
        retailer = Set(fields.listIfPresent("retailer", max: Self.eachSideMax) { try JSONValue.id($0) } ?? [])
        supplier = Set(fields.listIfPresent("supplier", max: Self.eachSideMax) { try JSONValue.id($0) } ?? [])
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("retailer", retailer.sorted())
            json.field("supplier", supplier.sorted())
        }
    }
}
