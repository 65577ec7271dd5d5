import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Profiles
import Tenancy

/// How large an audience is: exact and live for the retailer, through `SupplierView` for a supplier.
struct PreviewAudience: Sendable {
    private let database: Database
    private let supplierView: SupplierView
    private let indexes: AudienceIndexes?

    init(_ database: Database, _ supplierView: SupplierView, _ indexes: AudienceIndexes?) {
        self.database = database
        self.supplierView = supplierView
        self.indexes = indexes
    }

    private struct Request {
        let predicate: Predicate
        let asOf: BusinessDay?
        let details: DetailRequest?

        init(_ fields: Fields) {
            predicate = Predicate(fields, "predicate")
            asOf = fields.dayIfPresent("as_of")
            details = fields.objectIfPresent("details") { DetailRequest($0) }
        }
    }

    func handle(_ call: Call) async throws -> Reply {
        let request = try call.json(Request.init)
        guard case .supplier(let supplier, let retailer) = call.scope else {
            return try await exact(request, call)
        }
        guard request.asOf == nil else { throw Self.badDay("snapshot_only", "A supplier counts the weekly snapshot only.") }
        let question = try await supplierView.ask(
            request.predicate, at: "/predicate", details: request.details, by: supplier, of: retailer, in: call.world)
        let answer = try await supplierView.answer(question, for: supplier)
        let details = try await supplierView.detailCounts(question, for: supplier)
        return .json(
            SupplierPreview(question: question, audience: answer.audience, base: answer.base, details: details))
    }

    private func exact(_ request: Request, _ call: Call) async throws -> Reply {
        let (retailer, now, predicate) = (try call.retailerID(), call.world.now(), request.predicate)
        let (moment, asset, plan) = try await database.read(as: call.scope) { tx in
            try tx.refuseUnknownTraits(in: predicate, at: "/predicate", of: retailer)
            let present = try tx.profileMoment(of: retailer, at: now)
            guard let asset = try tx.retailer(retailer)?.asset else { throw Problem.notFound("retailer") }
            let plan = try request.details.map { try tx.detailPlan($0, of: predicate, at: "/predicate", retailer) }
            return (try Self.moment(request.asOf, present), asset, plan)
        }
        let exact = try await AudienceTooSlow.watching {
            if let index = indexes?.current(.present, for: moment, asking: [predicate] + (plan?.rows.map(\.whole) ?? [])) {
                return try await index.ask { index in (index.exactPreview(of: predicate), plan.map(index.details)) }
            }
            return try await database.read(as: call.scope) { tx in
                (try tx.exactPreview(of: predicate, on: moment), try plan.map { try tx.details(of: $0, on: moment) })
            }
        }
        return .json(
            RetailerPreview(
                exact: exact.0, asset: asset, details: plan.flatMap { plan in exact.1.map { PreviewDetails(plan, $0) } }))
    }

    /// A past day is looked at as it closed; a day that has not closed is refused.
    private static func moment(_ asOf: BusinessDay?, _ present: ProfileMoment) throws -> ProfileMoment {
        guard let asOf else { return present }
        guard asOf <= present.asOf else {
            throw badDay("day_not_closed", "The last closed business day is \(present.asOf).")
        }
        return present.atClose(of: asOf)
    }

    private static func badDay(_ code: String, _ detail: String) -> Problem {
        .invalid([FieldProblem(pointer: "/as_of", code: code, detail: detail)])
    }
}

/// `share_bp` is the audience's part of all shoppers, rounded down.
private struct RetailerPreview: JSONWritable {
    let exact: ExactPreview
    let asset: Asset
    let details: PreviewDetails?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", "exact")
            json.field("shoppers", exact.shoppers)
            json.field("base", exact.base)
            json.field("share_bp", Int64.shareBasisPoints(exact.shoppers, of: exact.base))
            json.field("spend", Money(minor: exact.spendMinor, asset: asset))
            json.field("receipts", exact.receipts)
            json.writeWindow(of: exact.moment)
            json.fieldIfPresent("details", details)
        }
    }
}

private struct SupplierPreview: JSONWritable {
    let question: SupplierView.Question
    let audience: SupplierCount
    let base: SupplierCount
    let details: [SupplierCount]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", "rounded")
            json.field("below_floor", audience == .belowFloor)
            json.field("shoppers", audience.number)
            json.field("base", base.number)
            json.field("share_bp", share)
            json.field("floor", question.moment.privacyFloor)
            json.field("step", SupplierCount.step(floor: question.moment.privacyFloor))
            json.writeWindow(of: question.moment)
            json.field("predicate", question.predicate)
            json.fieldIfPresent("details", question.details.map { PreviewDetails($0, details.map(\.number)) })
        }
    }

    private var share: Int64? {
        guard let shoppers = audience.number, let base = base.number else { return nil }
        return .shareBasisPoints(min(shoppers, base), of: base)
    }
}

extension SupplierCount {
    var number: Int64? { if case .about(let number) = self { number } else { nil } }
}

extension Int64 {
    fileprivate static func shareBasisPoints(_ part: Int64, of whole: Int64) -> Int64 { whole == 0 ? 0 : part * 10_000 / whole }
}

extension JSONWriter {
    fileprivate mutating func writeWindow(of moment: ProfileMoment) {
        field("as_of", moment.asOf)
        object("window") { json in
            json.field("from", moment.windowStart)
            json.field("through", moment.asOf)
        }
    }
}
