package import HTTPSupport
import HTTPTypes
import Kernel
package import Postgres
import Tenancy

/// GET /v1/retailers/{retailer_id}/receipts                                                    by shopper or by day
/// GET /v1/retailers/{retailer_id}/receipts/{store_id}/{business_day}/{till}/{shift}/{number}  one; `-` is no shift
///
/// The retailer's alone: a supplier never sees a receipt.
package struct ReceiptRoutes: Sendable {
    /// Days that a list of one shopper may span, and one of all shoppers.
    static let shopperDaysMax: Int32 = 1_100
    static let daysMax: Int32 = 31

    private let database: Database

    package init(_ database: Database) { self.database = database }

    package var routes: [Route] {
        [
            Route(
                .get, "/v1/retailers/{retailer_id}/receipts", "listReceipts",
                access: .retailer(.admin, .analyst, .treasurer), handle: list),
            Route(
                .get, "/v1/retailers/{retailer_id}/receipts/{store_id}/{business_day}/{till}/{shift}/{number}", "getReceipt",
                access: .retailer(.admin, .analyst, .treasurer, .till), handle: show),
        ]
    }

    private func list(_ call: Call) async throws -> Reply {
        let retailer = try call.retailerID()
        let (page, filter) = try call.query { (PageRequest($0), ReceiptFilter($0)) }
        let after = try page.after.map(StoredKey.cursor)
        let receipts = try await database.read(as: call.scope) { tx in
            try tx.filedReceipts(filter, after: after, limit: page.limit + 1, of: retailer)
        }
        return .json(Page(receipts, page) { $0.storedKey.cursor })
    }

    private func show(_ call: Call) async throws -> Reply {
        let (retailer, key) = (try call.retailerID(), try call.receiptKey())
        if let stores = call.principal.stores, !stores.contains(key.storeID) {
            throw Problem(403, "store_not_allowed", "The key is bound to other stores.")
        }
        let receipt = try await database.read(as: call.scope) { tx in try tx.filedReceipt(key, of: retailer) }
        guard let receipt else { throw Problem.notFound("receipt") }
        return .json(receipt)
    }
}

extension ReceiptFilter {
    fileprivate init(_ fields: Fields) {
        shopperID = fields.externalIDIfPresent("shopper_id")
        storeID = fields.externalIDIfPresent("store_id")
        from = fields.day("from")
        to = fields.dayIfPresent("to") ?? from
        let daysMax = shopperID == nil ? ReceiptRoutes.daysMax : ReceiptRoutes.shopperDaysMax
        if to < from || to.daysSince1970 - from.daysSince1970 >= daysMax {
            fields.refuse("to", "out_of_range", "Must be `from` or up to \(daysMax - 1) days later.")
        }
    }
}

extension Call {
    fileprivate func receiptKey() throws -> ReceiptKey {
        guard let day = BusinessDay(parameters["business_day"] ?? "") else { throw Problem.notFound("receipt") }
        return ReceiptKey(
            storeID: try externalID("store_id"), businessDay: day, till: try externalID("till"),
            shift: parameters["shift"] == "-" ? nil : try externalID("shift"), number: try externalID("number"))
    }
}

extension StoredKey {
    /// Its parts with a unit separator between them, which no id may have.
    fileprivate var cursor: String {
        ["\(businessDay)", "\(storeOrdinal)", till.text, shift, number.text].joined(separator: "\u{1F}")
    }

    fileprivate static func cursor(_ text: String) throws -> StoredKey {
        let parts = text.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, let day = BusinessDay(parts[0]), let store = Int32(parts[1]),
            let till = try? ExternalID(parts[2]), let number = try? ExternalID(parts[4])
        else { throw Problem.invalid([FieldProblem(pointer: "?cursor", code: "bad_cursor", detail: "Is of another list.")]) }
        return StoredKey(businessDay: day, storeOrdinal: store, till: till, shift: parts[3], number: number)
    }
}
