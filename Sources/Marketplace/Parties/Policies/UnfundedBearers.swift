package import HTTPSupport
package import JSONText
package import Kernel
import Postgres

/// Why a discount that the till gave is not paid from the campaign's budget (DOMAIN 1).
package enum UnfundedReason: String, CaseIterable, SQLWord {
    case noQuote = "no_quote"
    case holdExpired = "hold_expired"
    case budgetExhausted = "budget_exhausted"
    case limitReached = "limit_reached"
    case moreThanQuoted = "more_than_quoted"
    case unknownCampaign = "unknown_campaign"
    case afterClose = "after_close"
    case clockSuspect = "clock_suspect"
}

/// Who bears unfunded discounts, by reason: the retailer, unless the agreement names the supplier for that reason. The
/// supplier always has a cap, over one calendar month of business days; what is above it is the retailer's again.
package struct UnfundedBearers: Sendable, Hashable {
    /// The supplier's cap a month for each reason that it bears.
    package let supplierCaps: [UnfundedReason: Money]

    package static let retailerBearsAll = UnfundedBearers(supplierCaps: [:])

    package init(supplierCaps: [UnfundedReason: Money]) { self.supplierCaps = supplierCaps }

    /// The supplier's part of an unfunded amount, where it has borne `borne` in this month for this reason already.
    package func supplierShare(of amount: Money, because reason: UnfundedReason, borneThisMonth borne: Money) -> Money {
        guard let cap = supplierCaps[reason] else { return Money(minor: 0, asset: amount.asset) }
        precondition(cap.asset == amount.asset && borne.asset == amount.asset, "a share of another asset")
        return Money(minor: min(amount.minor, max(0, cap.minor - borne.minor)), asset: amount.asset)
    }
}

extension UnfundedBearers: JSONWritable {
    package init(_ fields: Fields, in asset: Asset) {
        var caps: [UnfundedReason: Money] = [:]
        for reason in UnfundedReason.allCases {
            let cap = fields.objectIfPresent(reason.rawValue) { bearer in
                _ = bearer.word("bearer", Bearer.self)
                return bearer.money("cap", in: asset)
            }
            if let cap { caps[reason] = cap }
        }
        supplierCaps = caps
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            for reason in UnfundedReason.allCases {
                guard let cap = supplierCaps[reason] else { continue }
                json.object(reason.rawValue) { json in
                    json.field("bearer", word: Bearer.supplier)
                    json.field("cap", cap)
                }
            }
        }
    }

    /// Who can be named; the retailer bears by being named nowhere.
    private enum Bearer: String, CaseIterable { case supplier }
}
