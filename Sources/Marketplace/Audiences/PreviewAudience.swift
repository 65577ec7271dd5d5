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

        init(_ fields: Fields) {
            predicate = Predicate(fields, "predicate")
            asOf = fields.dayIfPresent("as_of")
        }
    }

    func handle(_ call: Call) async throws -> Reply {
        let request = try call.json(Request.init)
        guard case .supplier(let supplier, let retailer) = call.scope else {
            return try await exact(request.predicate, request.asOf, call)
        }
        guard request.asOf == nil else { throw Self.badDay("snapshot_only", "A supplier counts the weekly snapshot only.") }
        let question = try await supplierView.ask(
            request.predicate, at: "/predicate", by: supplier, of: retailer, in: call.world)
        let answer = try await supplierView.answer(question, for: supplier)
        return .json(SupplierPreview(question: question, audience: answer.audience, base: answer.base))
    }

    private func exact(_ predicate: Predicate, _ asOf: BusinessDay?, _ call: Call) async throws -> Reply {
        let (retailer, now) = (try call.retailerID(), call.world.now())
        let (moment, asset) = try await database.read(as: call.scope) { tx in
            try tx.refuseUnknownTraits(in: predicate, at: "/predicate", of: retailer)
            let present = try tx.profileMoment(of: retailer, at: now)
            guard let asset = try tx.retailer(retailer)?.asset else { throw Problem.notFound("retailer") }
            return (try Self.moment(asOf, present), asset)
        }
        let exact = try await AudienceTooSlow.watching {
            if let indexes, ShopperIndex.holds(predicate), let index = indexes.current(.present, for: moment) {
                return try await indexes.ask { index.exactPreview(of: predicate) }
            }
            return try await database.read(as: call.scope) { tx in try tx.exactPreview(of: predicate, on: moment) }
        }
        return .json(RetailerPreview(exact: exact, asset: asset))
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

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", "exact")
            json.field("shoppers", exact.shoppers)
            json.field("base", exact.base)
            json.field("share_bp", Int64.shareBasisPoints(exact.shoppers, of: exact.base))
            json.field("spend", Money(minor: exact.spendMinor, asset: asset))
            json.field("receipts", exact.receipts)
            json.writeWindow(of: exact.moment)
        }
    }
}

private struct SupplierPreview: JSONWritable {
    let question: SupplierView.Question
    let audience: SupplierCount
    let base: SupplierCount

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
        }
    }

    private var share: Int64? {
        guard let shoppers = audience.number, let base = base.number else { return nil }
        return .shareBasisPoints(min(shoppers, base), of: base)
    }
}

extension SupplierCount {
    fileprivate var number: Int64? { if case .about(let number) = self { number } else { nil } }
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
